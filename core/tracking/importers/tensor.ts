import { type ProtoReader, wire } from '../../domain/protobuf.ts'

/** TensorFlow's TensorProto: numbers, or strings as bytes. */
export interface Tensor {
  numbers: number[]
  strings: Buffer[]
  shape: number[]
}

/** DataType of TensorFlow: bytes an element, and how to read one. */
const contentReaders: Record<number, [number, (bytes: Buffer, at: number) => number]> = {
  1: [4, (bytes, at) => bytes.readFloatLE(at)],
  2: [8, (bytes, at) => bytes.readDoubleLE(at)],
  3: [4, (bytes, at) => bytes.readInt32LE(at)],
  4: [1, (bytes, at) => bytes.readUInt8(at)],
  5: [2, (bytes, at) => bytes.readInt16LE(at)],
  6: [1, (bytes, at) => bytes.readInt8(at)],
  9: [8, (bytes, at) => Number(bytes.readBigInt64LE(at))],
  10: [1, (bytes, at) => bytes.readUInt8(at)],
  14: [2, (bytes, at) => bfloat16(bytes.readUInt16LE(at))],
  17: [2, (bytes, at) => bytes.readUInt16LE(at)],
  19: [2, (bytes, at) => float16(bytes.readUInt16LE(at))],
  22: [4, (bytes, at) => bytes.readUInt32LE(at)],
  23: [8, (bytes, at) => Number(bytes.readBigUInt64LE(at))],
}
const bfloat16Type = 14

function bfloat16(bits: number): number {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt16LE(bits, 2)
  return bytes.readFloatLE(0)
}

function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

function shapeOf(reader: ProtoReader): number[] {
  const shape: number[] = []
  while (reader.next()) {
    if (reader.field !== 2) {
      reader.skip()
      continue
    }
    const dimension = reader.message()
    let size = 0
    while (dimension.next()) {
      if (dimension.field === 1) size = dimension.int()
      else dimension.skip()
    }
    shape.push(size)
  }
  return shape
}

/** Complex numbers, resources and variants are left out. @throws RangeError where it is damaged */
export function readTensor(reader: ProtoReader): Tensor {
  const tensor: Tensor = { numbers: [], strings: [], shape: [] }
  const append = (numbers: number[]) => {
    for (const number of numbers) tensor.numbers.push(number)
  }
  let type = 0
  let content: Buffer | undefined
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        type = reader.uint()
        break
      case 2:
        tensor.shape = shapeOf(reader.message())
        break
      case 4:
        content = reader.buffer()
        break
      case 5:
        append(reader.repeated(wire.fixed32, (one) => one.float()))
        break
      case 6:
        append(reader.repeated(wire.fixed64, (one) => one.double()))
        break
      case 8:
        tensor.strings.push(reader.buffer())
        break
      case 13:
        append(
          reader.repeated(wire.varint, (one) => one.int()).map(type === bfloat16Type ? bfloat16 : float16),
        )
        break
      case 7:
      case 10:
      case 11:
      case 16:
      case 17:
        append(reader.repeated(wire.varint, (one) => one.int()))
        break
      default:
        reader.skip()
    }
  }
  const how = contentReaders[type]
  if (content && how) {
    const [size, read] = how
    for (let at = 0; at + size <= content.length; at += size) tensor.numbers.push(read(content, at))
  }
  return tensor
}

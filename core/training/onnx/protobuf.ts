/** A protobuf message in the making. Large values are kept as they are until `toBytes` copies them once. */
export class ProtoMessage {
  private readonly chunks: Uint8Array[] = []
  private length = 0

  integer(field: number, value: number): this {
    return this.push(tag(field, 0)).push(varint(value))
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setFloat32(0, value, true)
    return this.push(tag(field, 5)).push(bytes)
  }

  text(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value, 'utf8'))
  }

  bytes(field: number, value: Uint8Array): this {
    return this.push(tag(field, 2)).push(varint(value.length)).push(value)
  }

  message(field: number, value: ProtoMessage): this {
    this.push(tag(field, 2)).push(varint(value.length))
    for (const chunk of value.chunks) this.push(chunk)
    return this
  }

  toBytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.chunks, this.length))
  }

  private push(bytes: Uint8Array): this {
    this.chunks.push(bytes)
    this.length += bytes.length
    return this
  }
}

const tag = (field: number, wire: number): Uint8Array => varint(field * 8 + wire)

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  do {
    const low = Number(rest & 0x7fn)
    rest >>= 7n
    bytes.push(rest > 0n ? low | 0x80 : low)
  } while (rest > 0n)
  return Uint8Array.from(bytes)
}

export interface ProtoField {
  number: number
  /** Of wire type 0, as a signed 64-bit number; 0 for the others. */
  integer: number
  /** Of wire types 1, 2 and 5; a view, not a copy. */
  bytes: Uint8Array
}

const nothing = new Uint8Array(0)

/** The fields of a message, in order. @throws RangeError for what is no protobuf, or cut off */
export function* protoFields(message: Uint8Array): Generator<ProtoField> {
  let at = 0
  const readVarint = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at]
      if (byte === undefined) break
      at += 1
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw new RangeError(`no whole number at byte ${at}`)
  }
  const readBytes = (length: number): Uint8Array => {
    if (length > message.length - at) throw new RangeError(`cut off at byte ${message.length}`)
    at += length
    return message.subarray(at - length, at)
  }
  while (at < message.length) {
    const head = Number(readVarint())
    const number = Math.floor(head / 8)
    switch (head % 8) {
      case 0:
        yield { number, integer: Number(BigInt.asIntN(64, readVarint())), bytes: nothing }
        break
      case 1:
        yield { number, integer: 0, bytes: readBytes(8) }
        break
      case 2:
        yield { number, integer: 0, bytes: readBytes(Number(readVarint())) }
        break
      case 5:
        yield { number, integer: 0, bytes: readBytes(4) }
        break
      default:
        throw new RangeError(`an unknown kind of field at byte ${at}`)
    }
  }
}

export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')

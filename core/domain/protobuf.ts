/** Wire types of protobuf (https://protobuf.dev/programming-guides/encoding). */
export const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

/** Reads the fields of one message, in their order, without a schema. */
export class ProtoReader {
  private bytes: Buffer
  private end: number
  private at: number
  /** Of the field that `next` has come to. */
  field = 0
  wireType = 0

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.bytes = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.at = start
    this.end = end
  }

  /** Goes to another message: for the many small ones of a log, which need no reader each. */
  reset(bytes: Buffer, start: number, end: number): this {
    this.bytes = bytes
    this.at = start
    this.end = end
    return this
  }

  /** Goes to the next field; false at the end of the message. @throws RangeError where the message is damaged */
  next(): boolean {
    if (this.at >= this.end) return false
    const tag = this.uint()
    this.field = Math.floor(tag / 8)
    this.wireType = tag & 7
    return true
  }

  /** A varint as an unsigned number; those above 2^53 lose their last digits. */
  uint(): number {
    let value = 0
    let factor = 1
    for (let count = 0; count < 10; count++) {
      const byte = this.byte()
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 128
    }
    throw new RangeError('a number has more than ten bytes')
  }

  /** A varint of type int32 or int64: negative numbers take ten bytes. */
  int(): number {
    const start = this.at
    const value = this.uint()
    if (this.at - start < 10) return value
    this.at = start
    let big = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte()
      big |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return Number(BigInt.asIntN(64, big))
    }
  }

  double(): number {
    return this.bytes.readDoubleLE(this.advance(8))
  }

  float(): number {
    return this.bytes.readFloatLE(this.advance(4))
  }

  /** A view, no copy. */
  buffer(): Buffer {
    const length = this.uint()
    const start = this.advance(length)
    return this.bytes.subarray(start, start + length)
  }

  text(): string {
    const length = this.uint()
    const start = this.advance(length)
    return this.bytes.toString('utf8', start, start + length)
  }

  message(): ProtoReader {
    const length = this.uint()
    const start = this.advance(length)
    return new ProtoReader(this.bytes, start, start + length)
  }

  /** As `message`, in a reader that is there. */
  messageIn(reader: ProtoReader): ProtoReader {
    const length = this.uint()
    const start = this.advance(length)
    return reader.reset(this.bytes, start, start + length)
  }

  /** Of a text, the string of last time where the bytes are the same. */
  textLike(last: { bytes: Buffer; text: string }): string {
    const length = this.uint()
    const start = this.advance(length)
    const { bytes } = last
    let same = bytes.length === length
    for (let at = 0; same && at < length; at++) same = bytes[at] === this.bytes[start + at]
    if (!same) {
      last.bytes = Buffer.from(this.bytes.subarray(start, start + length))
      last.text = last.bytes.toString()
    }
    return last.text
  }

  /** The numbers of a repeated field, whether they are packed or stand alone. */
  repeated(alone: number, read: (reader: ProtoReader) => number): number[] {
    if (this.wireType === alone) return [read(this)]
    const packed = this.message()
    const values: number[] = []
    while (packed.at < packed.end) values.push(read(packed))
    return values
  }

  skip(): void {
    if (this.wireType === wire.varint) this.uint()
    else if (this.wireType === wire.fixed64) this.advance(8)
    else if (this.wireType === wire.bytes) this.advance(this.uint())
    else if (this.wireType === wire.fixed32) this.advance(4)
    else throw new RangeError(`there is no wire type ${this.wireType}`)
  }

  private byte(): number {
    const byte = this.at < this.end ? this.bytes[this.at] : undefined
    if (byte === undefined) throw new RangeError('the message ends within a field')
    this.at++
    return byte
  }

  private advance(length: number): number {
    const start = this.at
    if (start + length > this.end) throw new RangeError('the message ends within a field')
    this.at += length
    return start
  }
}

/** A protobuf message in the making. Large values are kept as they are until `toBytes` copies them once. */
export class ProtoMessage {
  private readonly chunks: Uint8Array[] = []
  private length = 0

  integer(field: number, value: number): this {
    return this.tag(field, wire.varint).push(varint(value))
  }

  float(field: number, value: number): this {
    const bytes = Buffer.alloc(4)
    bytes.writeFloatLE(value)
    return this.tag(field, wire.fixed32).push(bytes)
  }

  double(field: number, value: number): this {
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleLE(value)
    return this.tag(field, wire.fixed64).push(bytes)
  }

  text(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value))
  }

  bytes(field: number, value: Uint8Array): this {
    return this.tag(field, wire.bytes).push(varint(value.length)).push(value)
  }

  message(field: number, value: ProtoMessage): this {
    this.tag(field, wire.bytes).push(varint(value.length))
    for (const chunk of value.chunks) this.push(chunk)
    return this
  }

  toBytes(): Buffer<ArrayBuffer> {
    return Buffer.concat(this.chunks, this.length)
  }

  private tag(field: number, wireType: number): this {
    return this.push(varint(field * 8 + wireType))
  }

  private push(bytes: Uint8Array): this {
    this.chunks.push(bytes)
    this.length += bytes.length
    return this
  }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}

/** The bytes of a typed array, without a copy. Every platform that the app runs on is little-endian. */
export const packedNumbers = (numbers: Uint8Array | Uint16Array | Uint32Array | Float32Array): Buffer =>
  Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength)

/** An aligned copy: bytes from SQLite may begin anywhere. */
const aligned = (bytes: Buffer): ArrayBuffer =>
  bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer

export const uint16Of = (bytes: Buffer): Uint16Array => new Uint16Array(aligned(bytes))
export const uint32Of = (bytes: Buffer): Uint32Array => new Uint32Array(aligned(bytes))
export const float32Of = (bytes: Buffer): Float32Array => new Float32Array(aligned(bytes))

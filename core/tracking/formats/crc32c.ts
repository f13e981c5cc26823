/** Castagnoli's polynomial, reflected. */
const polynomial = 0x82f63b78
/** tables[k][b]: what byte b does k bytes further on, so that four bytes are taken at once. */
const tables = Array.from({ length: 4 }, () => new Uint32Array(256))
const [t0, t1, t2, t3] = tables as [Uint32Array, Uint32Array, Uint32Array, Uint32Array]
for (let byte = 0; byte < 256; byte++) {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? polynomial : 0)
  t0[byte] = value >>> 0
}
for (let k = 1; k < 4; k++) {
  const [before, table] = [tables[k - 1], tables[k]]
  if (!before || !table) continue
  for (let byte = 0; byte < 256; byte++) {
    const value = before[byte] ?? 0
    table[byte] = ((value >>> 8) ^ (t0[value & 255] ?? 0)) >>> 0
  }
}

/** crc32c of a part of a buffer, masked as TensorFlow's records have it. */
export function maskedCrc32c(bytes: Buffer, start: number, end: number): number {
  let crc = 0xffffffff
  let at = start
  for (; at + 4 <= end; at += 4) {
    crc ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    crc =
      (t3[crc & 255] as number) ^
      (t2[(crc >>> 8) & 255] as number) ^
      (t1[(crc >>> 16) & 255] as number) ^
      (t0[crc >>> 24] as number)
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (t0[(crc ^ (bytes[at] as number)) & 255] as number)
  crc = (crc ^ 0xffffffff) >>> 0
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

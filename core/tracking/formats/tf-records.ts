import fs from 'node:fs'
import { maskedCrc32c } from './crc32c.ts'

const headBytes = 12
const tailBytes = 4
const pieceBytes = 4 * 1024 * 1024
/** No event is so large: a length beyond it is damage that its checksum has missed. */
const longestRecord = 2 ** 31

/** The place of a record in a buffer that the next one may overwrite. */
interface RecordPlace {
  bytes: Buffer
  start: number
  end: number
}

/**
 * Reads TensorFlow's record framing: u64 length, its masked crc32c, the data, their masked crc32c, little-endian.
 * @param onFault gets what is wrong, in words; a record with a wrong checksum is left out, the rest is read
 */
export function* readRecords(file: string, onFault: (reason: string) => void): Generator<RecordPlace> {
  const handle = fs.openSync(file, 'r')
  try {
    let buffer = Buffer.allocUnsafe(Math.min(pieceBytes, fs.fstatSync(handle).size + 1))
    let [from, to, base] = [0, 0, 0]
    /** Makes sure that so many bytes from `from` on are there; false at the end of the file. */
    const fill = (wanted: number): boolean => {
      if (to - from >= wanted) return true
      const kept = buffer.subarray(from, to)
      if (wanted > buffer.length) buffer = Buffer.allocUnsafe(Math.max(wanted, pieceBytes))
      kept.copy(buffer)
      base += from
      to -= from
      from = 0
      while (to < wanted) {
        const read = fs.readSync(handle, buffer, to, buffer.length - to, null)
        if (read === 0) return false
        to += read
      }
      return true
    }
    while (fill(1)) {
      if (!fill(headBytes)) {
        onFault(`the last record, at byte ${base + from}, is cut off`)
        return
      }
      const length = buffer.readUInt32LE(from) + buffer.readUInt32LE(from + 4) * 2 ** 32
      if (length > longestRecord || maskedCrc32c(buffer, from, from + 8) !== buffer.readUInt32LE(from + 8)) {
        onFault(`the record at byte ${base + from} has a damaged length: nothing behind it can be read`)
        return
      }
      if (!fill(headBytes + length + tailBytes)) {
        onFault(`the last record, at byte ${base + from}, is cut off`)
        return
      }
      const start = from + headBytes
      const end = start + length
      if (maskedCrc32c(buffer, start, end) === buffer.readUInt32LE(end)) yield { bytes: buffer, start, end }
      else onFault(`the record at byte ${base + from} has a wrong checksum and is left out`)
      from = end + tailBytes
    }
  } finally {
    fs.closeSync(handle)
  }
}

/** One record with its framing. */
export function framedRecord(data: Buffer): Buffer {
  const record = Buffer.alloc(headBytes + data.length + tailBytes)
  record.writeBigUInt64LE(BigInt(data.length))
  record.writeUInt32LE(maskedCrc32c(record, 0, 8), 8)
  data.copy(record, headBytes)
  record.writeUInt32LE(maskedCrc32c(data, 0, data.length), headBytes + data.length)
  return record
}

import fs from 'node:fs'
import { crc32 } from 'node:zlib'

const blockBytes = 32 * 1024
const headBytes = 7
const fileHead = Buffer.from([0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0])
const whole = 1
const first = 2
const middle = 3
const last = 4

/** Whether a file begins as W&B's transaction logs do. */
export const isWandbLog = (head: Buffer): boolean => head.subarray(0, fileHead.length).equals(fileHead)

/**
 * Reads the records of a W&B transaction log: LevelDB's log format in blocks of 32 KiB, with the file's own head in the
 * first block, and zlib's crc32 over type and data in place of crc32c.
 * @param onFault gets what is wrong, in words; what is damaged is left out
 */
export function* readWandbLog(file: string, onFault: (reason: string) => void): Generator<Buffer> {
  const bytes = fs.readFileSync(file)
  if (!isWandbLog(bytes)) {
    onFault('it does not begin as a W&B log does')
    return
  }
  let at = fileHead.length
  let pieces: Buffer[] = []
  while (at < bytes.length) {
    const left = blockBytes - (at % blockBytes)
    if (left < headBytes) {
      at += left
      continue
    }
    if (at + headBytes > bytes.length) break
    const length = bytes.readUInt16LE(at + 4)
    const type = bytes[at + 6] ?? 0
    const end = at + headBytes + length
    if (end > bytes.length) break
    const isSound =
      type >= whole && type <= last && crc32(bytes.subarray(at + 6, end)) === bytes.readUInt32LE(at)
    if (!isSound) {
      if (type !== 0 || length !== 0) onFault(`the record at byte ${at} is damaged: its block is left out`)
      pieces = []
      at += left
      continue
    }
    const data = bytes.subarray(at + headBytes, end)
    at = end
    if (type === whole) yield data
    else if (type === first) pieces = [data]
    else if (pieces.length > 0) {
      pieces.push(data)
      if (type === last) {
        yield Buffer.concat(pieces)
        pieces = []
      }
    } else if (type === middle || type === last)
      onFault(`the record that ends at byte ${at} has lost its beginning`)
  }
  if (at < bytes.length || pieces.length > 0) onFault('the last record is cut off')
}

import { crc32, inflateSync } from 'node:zlib'

const signature = '89504e470d0a1a0a'
const channelsByColourType: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }
const depthsByColourType: Record<number, readonly number[]> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
}
/** Chunks that change neither the pixels' place nor their number, and can't make a decoder stumble. */
const harmless = new Set(['gAMA', 'cHRM', 'sRGB', 'pHYs', 'tIME', 'tEXt', 'sBIT'])
const mostPixels = 1024 * 1024

/**
 * Checks a small PNG to the last pixel, in a tenth of the time that starting a decoder takes: chunk order and checksums,
 * the length of the inflated rows, the filter of each row (PNG specification, second edition, 5 and 9).
 * @returns its size in px, or null for whatever is large, unusual (interlaced, transparency in a chunk, EXIF, a colour
 * profile, animation) or not valid: that is for a decoder to judge.
 */
export function verifyPlainPng(bytes: Buffer): { width: number; height: number } | null {
  if (bytes.length < 57 || bytes.toString('hex', 0, 8) !== signature) return null
  if (bytes.readUInt32BE(8) !== 13 || bytes.toString('latin1', 12, 16) !== 'IHDR') return null
  const width = bytes.readUInt32BE(16)
  const height = bytes.readUInt32BE(20)
  const [depth = 0, colourType = 0, compression, filter, interlace] = bytes.subarray(24, 29)
  const channels = channelsByColourType[colourType]
  if (!channels || !depthsByColourType[colourType]?.includes(depth)) return null
  if (compression !== 0 || filter !== 0 || interlace !== 0) return null
  if (width === 0 || height === 0 || width * height > mostPixels) return null
  const data: Buffer[] = []
  let palette = 0
  let ended = false
  for (let at = 8; at < bytes.length; ) {
    if (ended || at + 12 > bytes.length) return null
    const length = bytes.readUInt32BE(at)
    const end = at + 12 + length
    if (end > bytes.length || crc32(bytes.subarray(at + 4, end - 4)) !== bytes.readUInt32BE(end - 4))
      return null
    const type = bytes.toString('latin1', at + 4, at + 8)
    const content = bytes.subarray(at + 8, end - 4)
    if (type === 'IDAT') data.push(content)
    else if (type === 'PLTE' && data.length === 0 && palette === 0) palette = length
    else if (type === 'IEND') ended = true
    else if (!(type === 'IHDR' && at === 8) && !harmless.has(type)) return null
    at = end
  }
  if (!ended || data.length === 0) return null
  const paletteFits = palette > 0 && palette % 3 === 0 && palette / 3 <= 2 ** depth
  if (colourType === 3 ? !paletteFits : palette > 0) return null
  const rowBytes = 1 + Math.ceil((width * channels * depth) / 8)
  let rows: Buffer
  try {
    rows = inflateSync(data.length === 1 && data[0] ? data[0] : Buffer.concat(data), {
      maxOutputLength: rowBytes * height,
    })
  } catch {
    return null
  }
  if (rows.length !== rowBytes * height) return null
  for (let at = 0; at < rows.length; at += rowBytes) if ((rows[at] ?? 5) > 4) return null
  return { width, height }
}

import sharp from 'sharp'
import type { Random } from '../../domain/random.ts'
import { encodeGreyPng } from '../../imaging/png.ts'

/** A family of the machine, or a font file. */
export type LineFont = { family: string } | { family: string; file: string }

export interface LineDrawing {
  text: string
  font: LineFont
  /** Of the letters, px. */
  size: number
  /** How worn the print looks: 0 is clean, 1 as bad as can be read. */
  wear: number
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
const shapesPerPixel = 72

/**
 * A PNG of the text in one line, on paper of its own tone; blurred, uneven, speckled as `wear` asks. Shaping and right
 * to left order are Pango's. The same on every machine with the same font and the same sharp.
 */
export async function drawLine({ text, font, size, wear }: LineDrawing, random: Random): Promise<Buffer> {
  const { data, info } = await sharp({
    text: {
      text: text.replace(/[&<>]/g, (letter) => escapes[letter] ?? letter),
      font: `${font.family} ${size}`,
      ...('file' in font ? { fontfile: font.file } : {}),
      dpi: shapesPerPixel,
      wrap: 'none',
    },
  })
    .extractChannel(0)
    .blur(0.3 + wear * random.next())
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  const [side, above] = [4 + random.integer(8), 3 + random.integer(5)]
  const [width, height] = [info.width + 2 * side, info.height + 2 * above]
  const paper = 255 - wear * 70 * random.next()
  const ink = wear * 80 * random.next()
  const slope = wear * 30 * (2 * random.next() - 1)
  const roughness = wear * 40 * random.next()
  const specks = wear * 0.004 * random.next()
  const pixels = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [column, row] = [x - side, y - above]
      const inside = column >= 0 && row >= 0 && column < info.width && row < info.height
      const cover = inside ? (data[row * info.width + column] as number) / 255 : 0
      const background = random.next() < specks ? ink : paper + slope * (x / width - 0.5)
      const grey = background + (ink - background) * cover + roughness * (random.next() - 0.5)
      pixels[y * width + x] = Math.min(255, Math.max(0, Math.round(grey)))
    }
  }
  return encodeGreyPng(pixels, width, height)
}

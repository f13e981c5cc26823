import { bmp } from './bmp.ts'
import type { Decoder } from './decoder.ts'
import { heic } from './heic.ts'
import { jp2 } from './jp2.ts'
import { pdf } from './pdf.ts'
import { pnm } from './pnm.ts'
import { tga } from './tga.ts'

/** In the order in which they are asked; TGA, which has no signature, comes last. */
const decoders: readonly Decoder[] = [bmp, pnm, jp2, heic, pdf, tga]

/** How errors name the formats that can be read. */
export const readableFormats = [
  'JPEG',
  'PNG',
  'WebP',
  'TIFF',
  'GIF',
  'AVIF',
  'SVG',
  ...decoders.map(({ title }) => title),
].join(', ')

/** The decoder for a picture that sharp doesn't read; undefined for all others. */
export const decoderFor = (bytes: Buffer): Decoder | undefined =>
  decoders.find((decoder) => decoder.detects(bytes))

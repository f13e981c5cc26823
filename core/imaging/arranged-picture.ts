import sharp from 'sharp'
import type { PageArrangement } from '../contract/index.ts'
import { displayedImage, readingPixels } from './image.ts'

/**
 * The picture as it was arranged, as a PNG that loses nothing and keeps the resolution that the original claims.
 * @throws GlyphlabError UNREADABLE_FILE
 */
export async function arrangedPicture(
  bytes: Buffer,
  name: string,
  { turn, crop }: Pick<PageArrangement, 'turn' | 'crop'>,
): Promise<Buffer> {
  return readingPixels(name, async () => {
    const image = await displayedImage(bytes, name)
    const { space, density } = await image.metadata()
    const isGrey = space === 'b-w'
    const { data, info } = await (isGrey ? image.toColourspace('b-w') : image)
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    const { width, height, channels } = info
    const whole = sharp(data, { raw: { width, height, channels }, limitInputPixels: false }).rotate(turn)
    // sharp takes out first what is asked for in the same pipeline as a turn.
    const turned =
      crop === null
        ? whole
        : sharp(await whole.png({ compressionLevel: 0 }).toBuffer(), { limitInputPixels: false })
    const cut =
      crop === null
        ? turned
        : turned.extract({
            left: crop.x0,
            top: crop.y0,
            width: crop.x1 - crop.x0,
            height: crop.y1 - crop.y0,
          })
    const sized = isGrey ? cut.toColourspace('b-w') : cut
    return (density === undefined ? sized : sized.withMetadata({ density })).png().toBuffer()
  })
}

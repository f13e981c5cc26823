import sharp from 'sharp'
import type { PreprocessingStep } from '../../contract/index.ts'
import { type GreyPicture, type PictureLimits, prepareGreyPicture } from './grey-picture.ts'
import { withSteps } from './steps.ts'

/** What is shown needs no more than this; steps that look at letters see them a little smaller on larger pages. */
const limits: PictureLimits = { width: 10_000, height: 10_000, pixels: 9_000_000 }

async function asPng({ pixels, width, height }: GreyPicture, side: number): Promise<string> {
  const png = await sharp(pixels, { raw: { width, height, channels: 1 }, limitInputPixels: false })
    .resize(side, side, { fit: 'inside', withoutEnlargement: true })
    .greyscale()
    .png()
    .toBuffer()
  return `data:image/png;base64,${png.toString('base64')}`
}

/**
 * A picture before and after a recipe, as data URLs of PNGs within `side` px, and the steps with what was measured.
 * @throws GlyphlabError UNREADABLE_FILE
 */
export async function previewPreprocessing(
  bytes: Buffer,
  name: string,
  steps: readonly PreprocessingStep[],
  side: number,
): Promise<{ before: string; after: string; steps: PreprocessingStep[] }> {
  const { picture } = await prepareGreyPicture(bytes, name, limits)
  const done = await withSteps(picture, steps)
  return { before: await asPng(picture, side), after: await asPng(done.picture, side), steps: done.steps }
}

import { displayedImage, inspectImage, readingPixels } from './image.ts'

const measuredSide = 128

export interface InputStatistics {
  /** px, as displayed */
  width: number
  height: number
  /** Mean and standard deviation of the grey values, 0..255, of the picture within 128 x 128 px. */
  brightness: number
  contrast: number
}

/** What is watched of a picture that a model is asked about. @throws GlyphlabError UNREADABLE_FILE */
export async function inputStatistics(bytes: Buffer, name: string): Promise<InputStatistics> {
  const { width, height } = await inspectImage(bytes, name)
  return readingPixels(name, async () => {
    const image = await displayedImage(bytes, name)
    const options = { fit: 'inside', withoutEnlargement: true } as const
    const pixels = await image
      .resize(measuredSide, measuredSide, options)
      .toColourspace('b-w')
      .removeAlpha()
      .raw()
      .toBuffer()
    let sum = 0
    let squares = 0
    for (const pixel of pixels) {
      sum += pixel
      squares += pixel * pixel
    }
    const brightness = sum / pixels.length
    const variance = squares / pixels.length - brightness * brightness
    return { width, height, brightness, contrast: Math.sqrt(Math.max(0, variance)) }
  })
}

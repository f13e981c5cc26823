import type { GreyPicture } from '../preprocessing/grey-picture.ts'
import { scaled } from '../preprocessing/text-size.ts'
import type { PpocrModels } from './model-files.ts'
import type { SlantedBox } from './rectangle.ts'
import { type TextMap, textRegions } from './text-regions.ts'

/** px; the detector takes sides that are multiples of this. */
const step = 32
/** px; a larger picture is looked at in tiles that overlap by so much, and the middle of each counts. */
const tileSide = 1_600
const tileOverlap = 128

/** The channels' means and deviations that the model was trained with, blue first. */
const means = [0.406, 0.456, 0.485]
const deviations = [0.225, 0.224, 0.229]

const roundedUp = (size: number): number => Math.max(step, Math.ceil(size / step) * step)

/** Where tiles begin along a side, so that they cover it with the overlap. */
function tileStarts(side: number): number[] {
  if (side <= tileSide) return [0]
  const count = Math.ceil((side - tileOverlap) / (tileSide - tileOverlap))
  return Array.from({ length: count }, (_, at) => Math.round((at * (side - tileSide)) / (count - 1)))
}

async function mapOfTile(
  { pixels, width, height }: GreyPicture,
  area: { left: number; top: number; width: number; height: number },
  { ort, detection }: PpocrModels,
): Promise<{ values: Float32Array; width: number }> {
  const [wide, tall] = [roundedUp(area.width), roundedUp(area.height)]
  const input = new Float32Array(3 * wide * tall)
  for (let channel = 0; channel < 3; channel++) {
    const [mean, deviation] = [means[channel] as number, deviations[channel] as number]
    const levels = Float32Array.from({ length: 256 }, (_, value) => (value / 255 - mean) / deviation)
    const plane = channel * wide * tall
    for (let y = 0; y < tall; y++) {
      const row = Math.min(height - 1, area.top + Math.min(y, area.height - 1)) * width
      for (let x = 0; x < wide; x++) {
        const from = row + Math.min(width - 1, area.left + Math.min(x, area.width - 1))
        input[plane + y * wide + x] = levels[pixels[from] as number] as number
      }
    }
  }
  const [name = ''] = detection.inputNames
  const answers = await detection.run({ [name]: new ort.Tensor('float32', input, [1, 3, tall, wide]) })
  const answer = answers[detection.outputNames[0] ?? '']
  if (!answer) throw new Error('the detection model gave no map')
  return { values: answer.data as Float32Array, width: wide }
}

/** How much each pixel looks like text; of a large picture from tiles, each up to the middle of its overlaps. */
async function textMap(picture: GreyPicture, models: PpocrModels): Promise<TextMap> {
  const { width, height } = picture
  const values = new Uint8Array(width * height)
  const [columns, rows] = [tileStarts(width), tileStarts(height)]
  for (const top of rows) {
    for (const left of columns) {
      const area = { left, top, width: Math.min(tileSide, width), height: Math.min(tileSide, height) }
      const tile = await mapOfTile(picture, area, models)
      const edge = tileOverlap / 2
      const from = { x: left === 0 ? 0 : edge, y: top === 0 ? 0 : edge }
      for (let y = from.y; y < area.height; y++) {
        const [inTile, inMap] = [y * tile.width, (top + y) * width + left]
        for (let x = from.x; x < area.width; x++)
          values[inMap + x] = Math.round(255 * (tile.values[inTile + x] as number))
      }
    }
  }
  return { values, width, height }
}

/**
 * The lines and pieces of lines of a picture, in its px, in no order. The picture is looked at with its longer side
 * brought to `side` px at most.
 */
export async function detectText(
  picture: GreyPicture,
  models: PpocrModels,
  scale: number,
): Promise<SlantedBox[]> {
  const looked = scale === 1 ? picture : await scaled(picture, scale)
  return textRegions(await textMap(looked, models), picture.width / looked.width)
}

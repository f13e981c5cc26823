import type { SeenCharacter } from '../engines/line-words.ts'
import type { GreyPicture } from '../preprocessing/grey-picture.ts'
import { type LineSample, sampleLine } from './line-sample.ts'
import type { PpocrModels } from './model-files.ts'
import type { SlantedBox } from './rectangle.ts'
import { blankBetween, blankColumns, isWordGap } from './word-gaps.ts'

/** px, as the model was trained. */
const lineHeight = 48
/** px of a line of that height; each frame of the answer covers so many. */
export const pixelsPerFrame = 8
/** px; of the picture that tells upright lines from those upside down. */
const directionWidth = 192

/** From this probability on a space stands between two characters, though none is the likeliest in any frame. */
const likelySpace = 0.3

export interface ReadLine {
  /** With a space between words. */
  characters: SeenCharacter[]
  /** px of the line as the model saw it. */
  width: number
}

function normalised({ pixels, width, height }: LineSample, wide: number): Float32Array {
  const plane = wide * height
  const input = new Float32Array(3 * plane)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < Math.min(wide, width); x++)
      input[y * wide + x] = (pixels[y * width + x] as number) / 127.5 - 1
  }
  input.copyWithin(plane, 0, plane)
  input.copyWithin(2 * plane, 0, plane)
  return input
}

interface ReadCharacter extends SeenCharacter {
  /** The highest probability of a space since the character before. */
  spaceBefore: number
}

function charactersOf(scores: Float32Array, frames: number, alphabet: readonly string[]): ReadCharacter[] {
  const classes = alphabet.length
  const space = classes - 1
  const read: ReadCharacter[] = []
  let previous = 0
  let spaceBefore = 0
  for (let frame = 0; frame < frames; frame++) {
    const row = frame * classes
    let best = 0
    for (let each = 1; each < classes; each++)
      if ((scores[row + each] as number) > (scores[row + best] as number)) best = each
    const probability = scores[row + best] as number
    const last = read.at(-1)
    if (best !== 0 && best === previous && last) {
      last.end = frame + 1
      last.confidence = Math.max(last.confidence, probability)
    } else if (best !== 0) {
      const text = alphabet[best] ?? ''
      read.push({ text, confidence: probability, start: frame, end: frame + 1, spaceBefore })
      spaceBefore = 0
    }
    if (best !== space) spaceBefore = Math.max(spaceBefore, scores[row + space] as number)
    previous = best
  }
  return read
}

/** The model leaves spaces out where letters are small: they are put back where its doubt or the white says so. */
function withSpaces(read: readonly ReadCharacter[], sample: LineSample): SeenCharacter[] {
  const blank = blankColumns(sample)
  const middle = ({ start, end }: SeenCharacter) => ((start + end) / 2) * pixelsPerFrame
  const gaps = read.map((character, at) => {
    const before = read[at - 1]
    return before ? blankBetween(blank, middle(before), middle(character)) : 0
  })
  const usual = gaps.toSorted((a, b) => a - b)[gaps.length >> 1] ?? 0
  return read.flatMap((character, at) => {
    const { text, confidence, start, end, spaceBefore } = character
    const seen = { text, confidence, start, end }
    const before = read[at - 1]
    if (!before || text === ' ' || before.text === ' ') return [seen]
    const isSpace = spaceBefore >= likelySpace || isWordGap(gaps[at] ?? 0, usual, spaceBefore)
    return isSpace ? [{ text: ' ', confidence: spaceBefore, start, end: start }, seen] : [seen]
  })
}

/** Reads one line. @throws Error when the model gives no answer */
export async function recogniseLine(
  picture: GreyPicture,
  box: SlantedBox,
  { ort, recognition, alphabet }: PpocrModels,
): Promise<ReadLine> {
  const sample = sampleLine(picture, box, lineHeight)
  const wide = Math.max(2, Math.ceil(sample.width / pixelsPerFrame)) * pixelsPerFrame
  const [name = ''] = recognition.inputNames
  const shape = [1, 3, lineHeight, wide]
  const answers = await recognition.run({
    [name]: new ort.Tensor('float32', normalised(sample, wide), shape),
  })
  const answer = answers[recognition.outputNames[0] ?? '']
  if (!answer) throw new Error('the recognition model gave no answer')
  return {
    width: sample.width,
    characters: withSpaces(charactersOf(answer.data as Float32Array, answer.dims[1] ?? 0, alphabet), sample),
  }
}

/** The probability that a line stands upside down. */
export async function upsideDown(
  picture: GreyPicture,
  box: SlantedBox,
  { ort, direction }: PpocrModels,
): Promise<number> {
  const width = Math.min(box.width, (box.height * directionWidth) / lineHeight)
  const sample = sampleLine(picture, box, lineHeight, 0, width)
  const [name = ''] = direction.inputNames
  const shape = [1, 3, lineHeight, directionWidth]
  const input = new ort.Tensor('float32', normalised(sample, directionWidth), shape)
  const answer = (await direction.run({ [name]: input }))[direction.outputNames[0] ?? '']
  if (!answer) throw new Error('the direction model gave no answer')
  return (answer.data as Float32Array)[1] ?? 0
}

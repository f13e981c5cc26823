import type { Box, OcrWord } from '../../contract/index.ts'
import { visualOrder } from '../../domain/visual-order.ts'
import { isRightToLeft } from '../output/layout.ts'

/** Of one line: `[frames, classes]`, the last class the blank; each frame's values add up to 1. */
export interface FrameProbabilities {
  logits: Float32Array
  frames: number
  classes: number
}

/** A character where the recogniser saw it. */
export interface SeenCharacter {
  text: string
  /** 0..1: the highest probability among its frames. */
  confidence: number
  /** Frames from the first to behind the last. */
  start: number
  end: number
}

/** The likeliest class of each frame, repeats joined, blanks dropped; from left to right. */
export function seenCharacters(
  { logits, frames, classes }: FrameProbabilities,
  alphabet: readonly string[],
): SeenCharacter[] {
  const seen: SeenCharacter[] = []
  let previous = -1
  for (let frame = 0; frame < frames; frame++) {
    const row = frame * classes
    let best = 0
    for (let each = 1; each < classes; each++) {
      if ((logits[row + each] as number) > (logits[row + best] as number)) best = each
    }
    const probability = logits[row + best] as number
    const last = seen.at(-1)
    if (best === classes - 1) previous = -1
    else if (best === previous && last) {
      last.end = frame + 1
      last.confidence = Math.max(last.confidence, probability)
    } else {
      seen.push({ text: alphabet[best] ?? '', confidence: probability, start: frame, end: frame + 1 })
      previous = best
    }
  }
  return seen
}

/** Where frames lie on the page: the x in px of the line's first frame, and px a frame. */
export interface FramePlace {
  left: number
  perFrame: number
  box: Box
}

/**
 * The words of a line in reading order, each with its box: as tall as the line, and as wide as its characters up to the
 * middle of the spaces' sides. CTC marks a character by a peak within it, so a border lies halfway between two peaks.
 * A word is as sure as its characters on the average (geometric mean).
 */
export function wordsOfLine(
  seen: readonly SeenCharacter[],
  { left, perFrame, box }: FramePlace,
  line: number,
  block: number,
): OcrWord[] {
  const at = (frame: number) => Math.min(box.x1, Math.max(box.x0, left + frame * perFrame))
  const middle = ({ start, end }: SeenCharacter) => (start + end) / 2
  const placed = seen.map((character, index) => {
    const [before, behind] = [seen[index - 1], seen[index + 1]]
    const from = before ? (middle(before) + middle(character)) / 2 : 0
    const to = behind ? (middle(character) + middle(behind)) / 2 : Number.POSITIVE_INFINITY
    return { ...character, box: { x0: at(from), y0: box.y0, x1: at(to), y1: box.y1 } }
  })
  const groups: (typeof placed)[] = []
  let open: typeof placed = []
  for (const character of placed) {
    if (character.text.trim() !== '') open.push(character)
    else {
      if (open.length > 0) groups.push(open)
      open = []
    }
  }
  if (open.length > 0) groups.push(open)

  const words = groups.map((characters) => {
    const text = visualOrder(characters.map((each) => each.text)).join('')
    const inOrder = isRightToLeft(text) ? characters.toReversed() : characters
    const logarithms = characters.reduce((sum, { confidence }) => sum + Math.log(confidence), 0)
    return {
      text,
      confidence: Math.exp(logarithms / characters.length),
      box: {
        x0: Math.min(...characters.map((each) => each.box.x0)),
        y0: box.y0,
        x1: Math.max(...characters.map((each) => each.box.x1)),
        y1: box.y1,
      },
      line,
      block,
      symbols: inOrder.map(({ text: symbol, confidence, box: place }) => ({
        text: symbol,
        confidence,
        box: place,
      })),
    }
  })
  return inReadingOrder(words)
}

/**
 * Words as they stand from left to right, in the order in which they are read: those of the direction that is not the
 * line's keep their own order among themselves.
 */
function inReadingOrder(words: OcrWord[]): OcrWord[] {
  const fromRight = isRightToLeft(words.map(({ text }) => text).join(' '))
  const ordered: OcrWord[] = []
  let run: OcrWord[] = []
  const runsBack = (word: OcrWord) => isRightToLeft(word.text) !== fromRight
  for (const word of fromRight ? words.toReversed() : words) {
    if (runsBack(word)) run.unshift(word)
    else {
      ordered.push(...run, word)
      run = []
    }
  }
  return [...ordered, ...run]
}

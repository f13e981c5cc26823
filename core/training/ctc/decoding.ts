import type { CtcScores } from './ctc-loss.ts'
import type { NgramModel } from './ngram-model.ts'

/** One line of `CtcScores`, its padding cut off: `[frames, classes]`. */
export interface LineScores {
  logits: Float32Array
  frames: number
  classes: number
}

export function lineScores({ logits, frames, classes, lengths }: CtcScores, line: number): LineScores {
  const start = line * frames * classes
  const length = lengths[line] ?? frames
  return { logits: logits.subarray(start, start + length * classes), frames: length, classes }
}

/** The likeliest class of each frame, repeats joined, blanks (the last class) dropped. */
export function decodeGreedily({ logits, frames, classes }: LineScores): number[] {
  const text: number[] = []
  let previous = -1
  for (let frame = 0; frame < frames; frame++) {
    const row = frame * classes
    let best = 0
    for (let each = 1; each < classes; each++) {
      if ((logits[row + each] as number) > (logits[row + best] as number)) best = each
    }
    if (best !== previous && best !== classes - 1) text.push(best)
    previous = best
  }
  return text
}

export interface BeamOptions {
  /** How many beginnings are kept after each frame. */
  width?: number
  language?: {
    model: NgramModel
    /** How much a log probability of the language weighs beside one of the picture. */
    weight: number
    /** Added for each character, against the language's liking for short texts. */
    bonus?: number
  }
}

interface Beam {
  text: number[]
  /** Log probability of all paths that say the text and end in a blank, and in its last character. */
  blank: number
  character: number
  /** What the language adds. */
  language: number
}

const never = Number.NEGATIVE_INFINITY
/** Classes less likely than this in a frame are not followed. */
const faintest = -12

function logAdd(a: number, b: number): number {
  if (a === never) return b
  if (b === never) return a
  return a > b ? a + Math.log1p(Math.exp(b - a)) : b + Math.log1p(Math.exp(a - b))
}

/**
 * Prefix beam search (Hannun et al. 2014): the likeliest text, not the likeliest path, with an n-gram model of the
 * language where one is given.
 */
export function decodeByBeams(scores: LineScores, { width = 16, language }: BeamOptions = {}): number[] {
  const { logits, frames, classes } = scores
  const blank = classes - 1
  let beams: Beam[] = [{ text: [], blank: 0, character: never, language: 0 }]
  for (let frame = 0; frame < frames; frame++) {
    const row = logits.subarray(frame * classes, (frame + 1) * classes)
    const normaliser = logSumOf(row)
    const next = new Map<string, Beam>()
    const beamOf = (text: number[], known: () => number): Beam => {
      const key = text.join()
      const found = next.get(key) ?? { text, blank: never, character: never, language: known() }
      next.set(key, found)
      return found
    }
    for (const beam of beams) {
      const whole = logAdd(beam.blank, beam.character)
      const last = beam.text.at(-1)
      for (let each = 0; each < classes; each++) {
        const probability = (row[each] as number) - normaliser
        if (probability < faintest && each !== blank && each !== last) continue
        if (each === blank) {
          const same = beamOf(beam.text, () => beam.language)
          same.blank = logAdd(same.blank, whole + probability)
          continue
        }
        if (each === last) {
          const same = beamOf(beam.text, () => beam.language)
          same.character = logAdd(same.character, beam.character + probability)
        }
        const longer = beamOf([...beam.text, each], () => beam.language + gain(beam.text, each))
        const from = each === last ? beam.blank : whole
        longer.character = logAdd(longer.character, from + probability)
      }
    }
    beams = [...next.values()].sort((a, b) => rank(b) - rank(a)).slice(0, width)
  }
  return beams[0]?.text ?? []

  function gain(text: number[], character: number): number {
    if (!language) return 0
    return language.weight * language.model.logProbability(text, character) + (language.bonus ?? 0)
  }
}

function rank(beam: Beam): number {
  return logAdd(beam.blank, beam.character) + beam.language
}

function logSumOf(values: Float32Array): number {
  let highest = never
  for (const value of values) highest = Math.max(highest, value)
  let sum = 0
  for (const value of values) sum += Math.exp(value - highest)
  return highest + Math.log(sum)
}

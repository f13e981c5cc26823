import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GlyphlabError, type OcrReading, type RowPrediction } from '../contract/index.ts'
import {
  type Classification,
  type GoldenAnswers,
  goldenAnswers,
  goldenAnswersFile,
} from '../domain/bundle.ts'
import { classifyPicture } from './classification.ts'
import { parseJson } from './request-picture.ts'
import { rowsFrom } from './request-rows.ts'
import type { ServedModel } from './served-model.ts'

/** Probabilities may differ by this much between machines (another SIMD width sums in another order). */
export const probabilityTolerance = 1e-5
const confidenceTolerance = 0.01

/** @throws GlyphlabError DAMAGED, naming the file */
export async function readGoldenAnswers(directory: string): Promise<GoldenAnswers> {
  const file = join(directory, goldenAnswersFile)
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw damaged(`${file}: the golden answers can't be read (${cause}). Export the bundle again.`)
  })
  try {
    return goldenAnswers.parse(JSON.parse(text))
  } catch (cause) {
    throw damaged(`${file}: not golden answers that this server knows (${cause}). Export the bundle again.`)
  }
}

/**
 * Asks the model every golden input (`first`: only the first) and compares with the recorded answers: the label equal
 * and probabilities within 1e-5; for a recogniser the text equal; for
 * rows the label equal and numbers within 1e-5; for OCR text, words, their boxes and order equal.
 * @returns how many inputs agreed
 * @throws GlyphlabError DAMAGED, naming the input that differs and how
 */
export async function checkGoldenAnswers(
  directory: string,
  answers: GoldenAnswers,
  model: ServedModel,
  { first = false } = {},
): Promise<number> {
  if (answers.kind !== model.kind) {
    throw damaged(
      `${join(directory, goldenAnswersFile)}: answers of kind ${answers.kind} for a ${model.kind}.`,
    )
  }
  const items = first ? answers.items.slice(0, 1) : answers.items
  for (const item of items) {
    const file = join(directory, item.file)
    const bytes = await readFile(file).catch((cause: unknown) => {
      throw damaged(
        `${file}: the golden input ${item.name} can't be read (${cause}). Export the bundle again.`,
      )
    })
    const difference = await differenceOf(item, bytes, model)
    if (difference) {
      throw damaged(
        `${item.file} (${item.name}): the answer differs from the recorded one: ${difference}. This server would not answer as the app does. Export the bundle again.`,
      )
    }
  }
  return items.length
}

async function differenceOf(
  item: GoldenAnswers['items'][number],
  bytes: Buffer,
  model: ServedModel,
): Promise<string | null> {
  if ('prediction' in item && model.kind === 'image-classifier') {
    return differenceOfPredictions(item.prediction, await classifyPicture(model, bytes, item.name))
  }
  if ('text' in item && model.kind === 'line-recogniser') {
    const text = await model.read(bytes, item.name)
    return text === item.text ? null : `text ${quoted(text)} instead of ${quoted(item.text)}`
  }
  if ('rows' in item && 'predict' in model) {
    return differenceOfRows(item.rows, await model.predict(rowsFrom(parseJson(bytes))))
  }
  if ('reading' in item && model.kind === 'ocr') {
    return differenceOfReadings(item.reading, await model.read(bytes, item.name))
  }
  return `an answer that no ${model.kind} gives`
}

const quoted = (text: string) => JSON.stringify(text.slice(0, 60))

function differenceOfRows(
  expected: readonly RowPrediction[],
  actual: readonly RowPrediction[],
): string | null {
  if (actual.length !== expected.length) return `${actual.length} rows instead of ${expected.length}`
  for (const [i, row] of expected.entries()) {
    const other = actual[i]
    const place = `row ${i + 1}`
    if (!other || other.label !== row.label) return `${place}: ${other?.label} instead of ${row.label}`
    // A number may be of any size, so its tolerance goes with it.
    const off = Math.abs((other.value ?? 0) - (row.value ?? 0))
    if (off > probabilityTolerance * Math.max(1, Math.abs(row.value ?? 0))) {
      return `${place}: ${other.value} instead of ${row.value}`
    }
    const apart = row.probabilities.map(({ probability }, at) =>
      Math.abs(probability - (other.probabilities[at]?.probability ?? Number.NaN)),
    )
    if (apart.some((difference) => !(difference <= probabilityTolerance))) {
      return `${place}: a probability is off by more than ${probabilityTolerance}`
    }
  }
  return null
}

function differenceOfPredictions(expected: Classification, actual: Classification): string | null {
  if (actual.label !== expected.label) return `label ${actual.label} instead of ${expected.label}`
  if (actual.probabilities.length !== expected.probabilities.length) {
    return `${actual.probabilities.length} probabilities instead of ${expected.probabilities.length}`
  }
  const differences = actual.probabilities.map((p, i) => Math.abs(p - (expected.probabilities[i] ?? 0)))
  const largest = Math.max(...differences)
  return largest <= probabilityTolerance
    ? null
    : `a probability is off by ${largest.toExponential(2)}, more than ${probabilityTolerance}`
}

function differenceOfReadings(expected: OcrReading, actual: OcrReading): string | null {
  if (actual.text !== expected.text) {
    return `text ${quoted(actual.text)} instead of ${quoted(expected.text)}`
  }
  if (actual.words.length !== expected.words.length) {
    return `${actual.words.length} words instead of ${expected.words.length}`
  }
  for (const [i, word] of expected.words.entries()) {
    const other = actual.words[i]
    if (!other) return `word ${i} is missing`
    const place = ({ box, line, block }: typeof word) =>
      [box.x0, box.y0, box.x1, box.y1, line, block].join(' ')
    if (other.text !== word.text) return `word ${i} is "${other.text}" instead of "${word.text}"`
    if (place(other) !== place(word)) return `word ${i} ("${word.text}") is in another place`
    if (Math.abs(other.confidence - word.confidence) > confidenceTolerance) {
      return `word ${i} ("${word.text}") has confidence ${other.confidence} instead of ${word.confidence}`
    }
  }
  return null
}

function damaged(message: string): GlyphlabError {
  return new GlyphlabError('DAMAGED', message)
}

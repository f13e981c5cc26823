import { readFile, stat } from 'node:fs/promises'
import { GlyphlabError } from '../contract/index.ts'
import type { AlphabetCoding } from '../domain/alphabet.ts'
import { decodeByBeams, decodeGreedily, type LineScores } from '../training/ctc/decoding.ts'
import { type NgramModel, trainNgramModel } from '../training/ctc/ngram-model.ts'

/** How a recogniser's scores become a text: frame by frame where it is left out. */
export interface LineDecoding {
  /** How many beginnings of the text are followed at once. */
  beams: number
  /** A text in the language of the lines, UTF-8, and how much it weighs beside the picture. */
  language: { file: string; name: string; weight: number } | null
}

interface Language {
  model: NgramModel
  /** Mean log probability of a character in lines that the model was not learnt from. */
  usual: number
}

/** Characters in an n-gram: word endings and short words fit in. */
const order = 5
/** One line in so many is kept from the model, to see how sure it is of what it has not learnt. */
const keptBack = 10
const mostBytes = 64 * 2 ** 20

/**
 * Turns scores into classes of the alphabet. Language models are learnt once a file and kept.
 * @throws GlyphlabError UNREADABLE_FILE where the language's file is none to learn from
 */
export class LineDecoder {
  readonly #coding: AlphabetCoding
  readonly #languages = new Map<string, Promise<Language>>()

  constructor(coding: AlphabetCoding) {
    this.#coding = coding
  }

  /** @param values `probabilities` or `logits` of each frame */
  async decode(
    scores: LineScores,
    values: 'probabilities' | 'logits',
    decoding?: LineDecoding,
  ): Promise<string> {
    if (!decoding) return this.#coding.decode(decodeGreedily(scores))
    const logits = values === 'logits' ? scores.logits : scores.logits.map((each) => Math.log(each + 1e-30))
    const { beams, language } = decoding
    const options = { width: beams }
    if (language === null) return this.#coding.decode(decodeByBeams({ ...scores, logits }, options))
    const { model, usual } = await this.#language(language.file, language.name)
    const { weight } = language
    // A character as likely as usual costs nothing, so that short texts are not liked better than long ones.
    const found = decodeByBeams(
      { ...scores, logits },
      { ...options, language: { model, weight, bonus: -weight * usual } },
    )
    return this.#coding.decode(found)
  }

  async #language(file: string, name: string): Promise<Language> {
    const { mtimeMs, size } = await stat(file).catch((cause: unknown) => {
      throw unreadable(name, cause instanceof Error ? cause.message : String(cause))
    })
    const key = `${file} ${mtimeMs} ${size}`
    const known = this.#languages.get(key)
    if (known) return known
    if (size > mostBytes) throw unreadable(name, `it has more than ${mostBytes / 2 ** 20} MB`)
    const learnt = this.#learn(file, name)
    learnt.catch(() => this.#languages.delete(key))
    this.#languages.clear()
    this.#languages.set(key, learnt)
    return learnt
  }

  async #learn(file: string, name: string): Promise<Language> {
    const lines = (await readFile(file, 'utf8'))
      .split(/\r\n|\r|\n/)
      .map((line) => this.#coding.encode(line))
      .filter((line) => line.length > 0)
    if (lines.length === 0)
      throw unreadable(name, 'none of its lines has a character that the recogniser knows')
    const enough = lines.length >= keptBack
    const options = { order, characters: this.#coding.characters.length }
    const model = trainNgramModel(enough ? lines.filter((_, at) => at % keptBack > 0) : lines, options)
    const unseen = enough ? lines.filter((_, at) => at % keptBack === 0) : lines
    let sum = 0
    let count = 0
    for (const line of unseen)
      for (const [at, character] of line.entries()) {
        sum += model.logProbability(line.slice(Math.max(0, at - order), at), character)
        count++
      }
    return { model, usual: sum / count }
  }
}

function unreadable(name: string, reason: string): GlyphlabError {
  return new GlyphlabError(
    'UNREADABLE_FILE',
    `${name}: no language can be learnt from it (${reason}). Give a UTF-8 text in the language of the lines.`,
  )
}

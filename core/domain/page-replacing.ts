import type { TextReplacement } from '../contract/index.ts'

/** A place where something is replaced: new texts of the words that it touches, which are neighbours. */
export interface ReplacedPlace {
  /** Places in the list of words, the first and behind the last. */
  start: number
  end: number
  /** For each of these words; empty where it is taken out. */
  texts: string[]
}

const wordsIn = (text: string): string[] => text.normalize('NFC').split(/\s+/u).filter(Boolean)
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
const [noneBefore, noneAfter] = ['(?<![\\p{L}\\p{M}\\p{N}])', '(?![\\p{L}\\p{M}\\p{N}])']

/** Finds and replaces in the words of pages; each word stays where it is on the page. */
export class PageReplacing {
  readonly #replacement: string[]
  /** All of the phrase, within a word of the page or a text. */
  readonly #whole: RegExp
  /** For each word of a phrase, the word of the page that it may stand in: the first ends with it, the last begins so. */
  readonly #parts: RegExp[]

  constructor({ find, replace, matchCase, wholeWords }: TextReplacement) {
    const phrase = wordsIn(find).map(escaped)
    const flags = matchCase ? 'u' : 'iu'
    const [before, after] = wholeWords ? [noneBefore, noneAfter] : ['', '']
    const last = phrase.length - 1
    this.#replacement = wordsIn(replace)
    this.#whole = new RegExp(`${before}${phrase.join('\\s+')}${after}`, `g${flags}`)
    this.#parts = phrase.map(
      (text, at) => new RegExp(`${at === 0 ? before : '^'}${text}${at === last ? after : '$'}`, flags),
    )
  }

  /** Whether a page of this text has places, its words apart by white space. Only a no is sure. */
  mayBeIn(text: string): boolean {
    return text.normalize('NFC').search(this.#whole) >= 0
  }

  /** What is found in the words of a page as they are shown; empty ones, which were taken out, are passed over. */
  placesIn(words: readonly string[]): ReplacedPlace[] {
    const shown = words.map((word) => word.normalize('NFC'))
    const there = shown.flatMap((text, at) => (text === '' ? [] : [at]))
    const places: ReplacedPlace[] = []
    let next = 0
    while (next < there.length) {
      const place = this.#inWord(shown, there[next] as number) ?? this.#acrossWords(shown, there, next)
      if (place) places.push(place)
      next += place && place.end > (there[next] as number) + 1 ? this.#parts.length : 1
    }
    return places
  }

  #inWord(shown: readonly string[], at: number): ReplacedPlace | null {
    const now = shown[at] as string
    const text = now.replace(this.#whole, () => this.#replacement.join(' ')).trim()
    return text === now ? null : { start: at, end: at + 1, texts: [text] }
  }

  #acrossWords(shown: readonly string[], there: readonly number[], next: number): ReplacedPlace | null {
    const touched = there.slice(next, next + this.#parts.length)
    if (this.#parts.length === 1 || touched.length < this.#parts.length) return null
    const texts = this.#phraseIn(touched.map((at) => shown[at] as string))
    if (texts === null) return null
    const [start, end] = [touched[0] as number, (touched.at(-1) as number) + 1]
    const all = Array.from({ length: end - start }, (_, at) => texts[touched.indexOf(start + at)] ?? '')
    return { start, end, texts: all }
  }

  /** The new texts of words that are the phrase; null where they are not, or stay as they are. */
  #phraseIn(words: readonly string[]): string[] | null {
    const found = words.map((word, at) => this.#parts[at]?.exec(word) ?? null)
    if (found.includes(null)) return null
    const given = this.#replacement
    const last = words.length - 1
    const texts = words.map((_, at) => (at < last ? (given[at] ?? '') : given.slice(last).join(' ')))
    // What stood before and behind the phrase (quotes, a full stop) stays with its first and last word.
    const ending = Math.max(0, Math.min(given.length, words.length) - 1)
    texts[0] = `${words[0]?.slice(0, found[0]?.index)}${texts[0]}`
    texts[ending] += words[last]?.slice(found[last]?.[0].length) ?? ''
    return texts.every((text, at) => text === words[at]) ? null : texts
  }
}

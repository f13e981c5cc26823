import type { PageHit, PageWord } from '../contract/index.ts'
import { shown } from './page-index.ts'
import type { PageStore } from './page-store.ts'
import type { Store } from './sqlite.ts'

const wordsBefore = 6
const wordsAfter = 14
const [hitStart, hitEnd] = ['\u0002', '\u0003']

/** What a person typed as an FTS5 query: all words and "phrases", the last of them perhaps unfinished; null for none. */
function toQuery(typed: string): string | null {
  const phrases = [...typed.matchAll(/"([^"]*)"?|[^\s"]+/g)].map(([whole, quoted]) => quoted ?? whole)
  const meaning = phrases.filter((phrase) => /[\p{L}\p{N}]/u.test(phrase))
  if (meaning.length === 0) return null
  const unfinished = /[\p{L}\p{N}]$/u.test(typed)
  return meaning
    .map((phrase, at) => `"${phrase}"${unfinished && at === meaning.length - 1 ? '*' : ''}`)
    .join(' AND ')
}

/** Positions, among the words that show, of those that the marks of `highlight` touch. */
function hitPositions(marked: string): number[] {
  let open = false
  return marked.split('\n').flatMap((word, at) => {
    const hit = open || word.includes(hitStart)
    if (word.lastIndexOf(hitStart) !== word.lastIndexOf(hitEnd))
      open = word.lastIndexOf(hitStart) > word.lastIndexOf(hitEnd)
    return hit ? [at] : []
  })
}

/** The words around the first hit. */
function snippetOf(words: readonly PageWord[], hits: readonly number[]): PageHit['snippet'] {
  const first = hits[0] ?? 0
  const from = Math.max(0, first - wordsBefore)
  const near = words.slice(from, first + wordsAfter)
  const found = new Set(hits)
  const parts: PageHit['snippet'] = []
  for (const [at, word] of near.entries()) {
    const hit = found.has(from + at)
    const last = parts.at(-1)
    if (last && last.hit === hit) last.text += ` ${shown(word)}`
    else parts.push({ start: from + at, text: shown(word), hit })
  }
  const end = parts.at(-1)
  if (from > 0) parts.unshift({ start: from - 1, text: '…', hit: false })
  if (end && from + near.length < words.length)
    parts.push({ start: from + near.length, text: '…', hit: false })
  return parts
}

/** Finds words in everything that was read, as it is corrected (SQLite FTS5). */
export class PageSearch {
  private readonly store: Store
  private readonly pages: PageStore

  constructor(store: Store, pages: PageStore) {
    this.store = store
    this.pages = pages
  }

  /** Pages with all the words, the best first; of `pageId` alone where it is given. */
  search(
    typed: string,
    pageId: string | undefined,
    offset: number,
    limit: number,
  ): { total: number; items: PageHit[] } {
    const query = toQuery(typed)
    if (query === null) return { total: 0, items: [] }
    const from = `FROM page_search s JOIN page p ON p.id = s.rowid
      WHERE page_search MATCH ? AND (? IS NULL OR p.uid = ?)`
    const only = pageId ?? null
    const total =
      this.store
        .prepare<[string, string | null, string | null], { n: number }>(`SELECT count(*) AS n ${from}`)
        .get(query, only, only)?.n ?? 0
    const rows = this.store
      .prepare<[string, string | null, string | null, number, number], { uid: string; marked: string }>(
        `SELECT p.uid, highlight(page_search, 0, char(2), char(3)) AS marked ${from}
         ORDER BY rank, p.id DESC LIMIT ? OFFSET ?`,
      )
      .all(query, only, only, limit, offset)
    return {
      total,
      items: rows.map(({ uid, marked }) => {
        const page = this.pages.get(uid)
        const words = page.words.filter((word) => shown(word) !== '')
        const hits = hitPositions(marked)
        return {
          pageId: uid,
          name: page.name,
          blob: page.blob,
          words: hits.flatMap((at) => words[at] ?? []).map(({ index, box }) => ({ index, box })),
          snippet: snippetOf(words, hits),
        }
      }),
    }
  }
}

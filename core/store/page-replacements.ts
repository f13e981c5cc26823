import { randomUUID } from 'node:crypto'
import {
  GlyphlabError,
  type MadeReplacement,
  type Page,
  type ReplacementOnPages,
  type ReplacementPlace,
  type ReplacementPreview,
  type TextReplacement,
} from '../contract/index.ts'
import { PageReplacing, type ReplacedPlace } from '../domain/page-replacing.ts'
import { shown } from './page-index.ts'
import type { PageStore } from './page-store.ts'
import { durably, type Store } from './sqlite.ts'

/** Words shown on either side of a place. */
const wordsAround = 5

interface ReplacementRow {
  id: number
  uid: string
  wanted: string
  places: number
  pages: number
  created_at: number
  undone_at: number | null
}

interface CorrectionRow {
  page: string
  position: number
  /** What the word was corrected to before; null: as it was read. */
  earlier: string | null
  /** Whether nobody has corrected it, joined it with another or split it since. */
  newest: 0 | 1
}

const toMade = (row: ReplacementRow): MadeReplacement => ({
  ...(JSON.parse(row.wanted) as TextReplacement),
  id: row.uid,
  at: row.created_at,
  places: row.places,
  pages: row.pages,
  undone: row.undone_at !== null,
})

function placeOn({ words }: Page, { start, end, texts }: ReplacedPlace): ReplacementPlace {
  const textOf = (from: number, to: number) => words.slice(from, to).map(shown).filter(Boolean).join(' ')
  return {
    wordIndex: words[start]?.index ?? 0,
    before: textOf(Math.max(0, start - wordsAround), start),
    found: textOf(start, end),
    becomes: texts.filter(Boolean).join(' '),
    after: textOf(end, end + wordsAround),
  }
}

/** Finds and replaces over pages. A replacement is a set of corrections that is made, and taken back, as one. */
export class PageReplacements {
  private readonly store: Store
  private readonly pages: PageStore

  constructor(store: Store, pages: PageStore) {
    this.store = store
    this.pages = pages
  }

  /** @throws GlyphlabError NOT_FOUND for a page that there is not */
  preview(wanted: ReplacementOnPages, limit: number): ReplacementPreview {
    const replacing = new PageReplacing(wanted)
    const counts = this.counts(wanted, replacing)
    const items: ReplacementPreview['items'] = []
    let left = limit
    for (const [uid, places] of counts) {
      if (left === 0) break
      const page = this.pages.get(uid)
      const first = replacing.placesIn(page.words.map(shown)).slice(0, left)
      left -= first.length
      items.push({ pageId: uid, name: page.name, places, shown: first.map((place) => placeOn(page, place)) })
    }
    return { places: sumOf(counts), pages: counts.size, items }
  }

  /** @throws GlyphlabError NOT_FOUND for a page that there is not, and where nothing is found */
  replace({ pageIds, ...wanted }: ReplacementOnPages): { made: MadeReplacement; changed: string[] } {
    return durably(this.store, () => {
      const replacing = new PageReplacing(wanted)
      const counts = this.counts(pageIds === undefined ? wanted : { ...wanted, pageIds }, replacing)
      if (counts.size === 0) throw new GlyphlabError('NOT_FOUND', `"${wanted.find}" is on none of the pages.`)
      const uid = randomUUID()
      const { lastInsertRowid } = this.store
        .prepare(
          'INSERT INTO page_replacement (uid, wanted, places, pages, created_at) VALUES (?, ?, ?, ?, ?)',
        )
        .run(uid, JSON.stringify(wanted), sumOf(counts), counts.size, Date.now())
      const changed = [...counts.keys()]
      for (const pageId of changed) {
        const page = this.pages.get(pageId)
        const corrections = correctionsOf(page, replacing.placesIn(page.words.map(shown)))
        this.pages.correctWords(pageId, corrections, Number(lastInsertRowid))
      }
      return { made: toMade(this.row(uid)), changed }
    })
  }

  /** @throws GlyphlabError NOT_FOUND, CONFLICT when it was taken back before */
  undo(uid: string): { restored: number; kept: number; changed: string[] } {
    return durably(this.store, () => {
      const { id, undone_at } = this.row(uid)
      if (undone_at !== null)
        throw new GlyphlabError('CONFLICT', 'This replacement was taken back before. Replace once more.')
      const made = this.store
        .prepare<[number], CorrectionRow>(
          `SELECT p.uid AS page, c.position,
            (SELECT e.text FROM correction e WHERE e.page_id = c.page_id AND e.position = c.position AND e.id < c.id
              ORDER BY e.id DESC LIMIT 1) AS earlier,
            NOT EXISTS (SELECT 1 FROM correction n WHERE n.page_id = c.page_id AND n.position = c.position
              AND n.id > c.id) AND EXISTS (SELECT 1 FROM word w WHERE w.page_id = c.page_id
              AND w.position = c.position AND w.gone = 0) AS newest
           FROM correction c JOIN page p ON p.id = c.page_id WHERE c.replacement_id = ?
             AND c.id = (SELECT max(m.id) FROM correction m WHERE m.page_id = c.page_id AND m.position = c.position
               AND m.replacement_id = c.replacement_id) ORDER BY c.id`,
        )
        .all(id)
      const restored = made.filter(({ newest }) => newest === 1)
      const byPage = new Map<string, Map<number, string | null>>()
      for (const { page, position, earlier } of restored)
        byPage.set(page, (byPage.get(page) ?? new Map()).set(position, earlier))
      for (const [page, corrections] of byPage) this.pages.correctWords(page, corrections, null)
      this.store.prepare('UPDATE page_replacement SET undone_at = ? WHERE id = ?').run(Date.now(), id)
      return { restored: restored.length, kept: made.length - restored.length, changed: [...byPage.keys()] }
    })
  }

  /** The newest first. */
  list(limit: number): MadeReplacement[] {
    return this.store
      .prepare<[number], ReplacementRow>('SELECT * FROM page_replacement ORDER BY id DESC LIMIT ?')
      .all(limit)
      .map(toMade)
  }

  private row(uid: string): ReplacementRow {
    const row = this.store
      .prepare<[string], ReplacementRow>('SELECT * FROM page_replacement WHERE uid = ?')
      .get(uid)
    if (!row) throw new GlyphlabError('NOT_FOUND', `There is no replacement ${uid}.`)
    return row
  }

  /** How many places each page has, from the text that the search keeps: the oldest page first. */
  private counts({ pageIds }: ReplacementOnPages, replacing: PageReplacing): Map<string, number> {
    for (const pageId of pageIds ?? []) if (!this.pages.exists(pageId)) this.pages.get(pageId)
    const chosen = pageIds && new Set(pageIds)
    const texts = this.store.prepare<[], { uid: string; words: string }>(
      'SELECT p.uid, s.words FROM page p JOIN page_search s ON s.rowid = p.id ORDER BY p.id',
    )
    const counts = new Map<string, number>()
    for (const { uid, words } of texts.iterate()) {
      if ((chosen && !chosen.has(uid)) || !replacing.mayBeIn(words)) continue
      const count = replacing.placesIn(words.split('\n')).length
      if (count > 0) counts.set(uid, count)
    }
    return counts
  }
}

const sumOf = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0)

/** By the words' places on the page; null where a word is again as it was read. */
function correctionsOf({ words }: Page, places: readonly ReplacedPlace[]): Map<number, string | null> {
  const corrections = new Map<number, string | null>()
  for (const { start, texts } of places)
    for (const [at, text] of texts.entries()) {
      const word = words[start + at]
      if (word && shown(word) !== text) corrections.set(word.index, text === word.text ? null : text)
    }
  return corrections
}

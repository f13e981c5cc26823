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
  /** Whether nobody has corrected it since. */
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
    const preview: ReplacementPreview = { places: 0, pages: 0, items: [] }
    let left = limit
    for (const { page, places } of this.found(wanted)) {
      preview.places += places.length
      preview.pages += 1
      if (left === 0) continue
      const first = places.slice(0, left).map((place) => placeOn(page, place))
      left -= first.length
      preview.items.push({ pageId: page.id, name: page.name, places: places.length, shown: first })
    }
    return preview
  }

  /** @throws GlyphlabError NOT_FOUND for a page that there is not, and where nothing is found */
  replace({ pageIds, ...wanted }: ReplacementOnPages): { made: MadeReplacement; changed: string[] } {
    return durably(this.store, () => {
      const found = [...this.found(pageIds === undefined ? wanted : { ...wanted, pageIds })]
      if (found.length === 0)
        throw new GlyphlabError('NOT_FOUND', `"${wanted.find}" is on none of the pages.`)
      const uid = randomUUID()
      const places = found.reduce((sum, each) => sum + each.places.length, 0)
      const { lastInsertRowid } = this.store
        .prepare(
          'INSERT INTO page_replacement (uid, wanted, places, pages, created_at) VALUES (?, ?, ?, ?, ?)',
        )
        .run(uid, JSON.stringify(wanted), places, found.length, Date.now())
      for (const each of found)
        this.pages.correctWords(each.page.id, correctionsOf(each.page, each.places), Number(lastInsertRowid))
      return { made: toMade(this.row(uid)), changed: found.map(({ page }) => page.id) }
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
              AND n.id > c.id) AS newest
           FROM correction c JOIN page p ON p.id = c.page_id WHERE c.replacement_id = ? ORDER BY c.id`,
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

  /** The pages with places; the others are passed over by their text, without their words. */
  private *found({
    pageIds,
    ...wanted
  }: ReplacementOnPages): Generator<{ page: Page; places: ReplacedPlace[] }> {
    for (const pageId of pageIds ?? []) if (!this.pages.exists(pageId)) this.pages.get(pageId)
    const chosen = pageIds && new Set(pageIds)
    const replacing = new PageReplacing(wanted)
    const texts = this.store.prepare<[], { uid: string; words: string }>(
      'SELECT p.uid, s.words FROM page p JOIN page_search s ON s.rowid = p.id ORDER BY p.id',
    )
    const candidates: string[] = []
    for (const { uid, words } of texts.iterate())
      if ((!chosen || chosen.has(uid)) && replacing.mayBeIn(words)) candidates.push(uid)
    for (const uid of candidates) {
      const page = this.pages.get(uid)
      const places = replacing.placesIn(page.words)
      if (places.length > 0) yield { page, places }
    }
  }
}

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

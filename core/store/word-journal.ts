import { GlyphlabError, type WordChangeKind } from '../contract/index.ts'
import type { NewWord } from '../domain/word-editing.ts'
import type { Store } from './sqlite.ts'

/** What a page is beside its words; columns of its row. */
export interface PageFacts {
  blob_id: number | null
  original_blob_id: number | null
  arrangement: string | null
  regions: string
  tables: string
  width: number | null
  height: number | null
  document_id: number
  place: number
}

const factColumns = [
  'blob_id',
  'original_blob_id',
  'arrangement',
  'regions',
  'tables',
  'width',
  'height',
  'document_id',
  'place',
] as const satisfies readonly (keyof PageFacts)[]

/** What one step did: words by their positions, corrections and the page's facts before and after. */
interface WordChange {
  removed: number[]
  added: number[]
  corrections: { position: number; before: string | null; after: string | null }[]
  /** The replacement over pages that it was a part of. */
  replacement: number | null
  facts?: { before: Partial<PageFacts>; after: Partial<PageFacts> }
  /** Blobs that taking it back, or doing it again, needs. */
  pictures?: (number | null)[]
}

interface ChangeRow {
  id: number
  kind: WordChangeKind
  change: string
}

export interface NextSteps {
  undo: WordChangeKind | null
  redo: WordChangeKind | null
}

/**
 * What was done to the words of pages, step by step, so that each is taken back and done again. For use within a
 * transaction; nothing is ever removed from the journal.
 */
export class WordJournal {
  private readonly store: Store

  constructor(store: Store) {
    this.store = store
  }

  /** The kinds of the steps that `undo` and `redo` would take. */
  next(page: number): NextSteps {
    return { undo: this.newest(page)?.kind ?? null, redo: this.undone(page)?.kind ?? null }
  }

  correct(
    page: number,
    kind: 'correct' | 'replace',
    corrections: WordChange['corrections'],
    replacement: number | null = null,
  ): void {
    const changed = corrections.filter(({ before, after }) => before !== after)
    for (const { position, after } of corrections) this.setCorrection(page, position, after, replacement)
    if (changed.length > 0)
      this.record(page, kind, { removed: [], added: [], corrections: changed, replacement })
  }

  exchange(
    page: number,
    kind: 'join' | 'split' | 'box' | 'add' | 'turn' | 'crop',
    removed: readonly number[],
    words: readonly NewWord[],
    facts?: NonNullable<WordChange['facts']>,
  ): void {
    const first =
      (this.store
        .prepare<[number], { last: number | null }>(
          'SELECT max(position) AS last FROM word WHERE page_id = ?',
        )
        .get(page)?.last ?? -1) + 1
    const insert = this.store.prepare(
      `INSERT INTO word (page_id, position, text, confidence, x0, y0, x1, y1, line, block, rank)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    const added = words.map(({ text, confidence, box, line, block, rank, correction }, at) => {
      insert.run(page, first + at, text, confidence, box.x0, box.y0, box.x1, box.y1, line, block, rank)
      if (correction !== null) this.setCorrection(page, first + at, correction, null)
      return first + at
    })
    this.setGone(page, removed, true)
    if (facts) this.setFacts(page, facts.after)
    this.record(page, kind, {
      removed: [...removed],
      added,
      corrections: [],
      replacement: null,
      ...(facts && { facts, pictures: [facts.before, facts.after].map(({ blob_id }) => blob_id ?? null) }),
    })
  }

  /** Changes what a page is beside its words. */
  change(page: number, kind: 'move' | 'regions', facts: NonNullable<WordChange['facts']>): void {
    this.setFacts(page, facts.after)
    this.record(page, kind, { removed: [], added: [], corrections: [], replacement: null, facts })
  }

  /** @throws GlyphlabError CONFLICT where nothing was done */
  undo(page: number): void {
    const row = this.newest(page)
    if (!row) throw new GlyphlabError('CONFLICT', 'Nothing was done on this page that could be taken back.')
    const { removed, added, corrections, facts } = JSON.parse(row.change) as WordChange
    this.setGone(page, added, true)
    this.setGone(page, removed, false)
    for (const { position, before } of corrections) this.setCorrection(page, position, before, null)
    if (facts) this.setFacts(page, facts.before)
    this.setState(row.id, 'undone')
  }

  /** @throws GlyphlabError CONFLICT where nothing was taken back */
  redo(page: number): void {
    const row = this.undone(page)
    if (!row)
      throw new GlyphlabError('CONFLICT', 'Nothing was taken back on this page that could be done again.')
    const { removed, added, corrections, replacement, facts } = JSON.parse(row.change) as WordChange
    this.setGone(page, removed, true)
    this.setGone(page, added, false)
    for (const { position, after } of corrections) this.setCorrection(page, position, after, replacement)
    if (facts) this.setFacts(page, facts.after)
    this.setState(row.id, 'done')
  }

  private newest(page: number): ChangeRow | undefined {
    return this.store
      .prepare<[number], ChangeRow>(
        "SELECT id, kind, change FROM word_change WHERE page_id = ? AND state = 'done' ORDER BY id DESC LIMIT 1",
      )
      .get(page)
  }

  private undone(page: number): ChangeRow | undefined {
    return this.store
      .prepare<[number], ChangeRow>(
        "SELECT id, kind, change FROM word_change WHERE page_id = ? AND state = 'undone' ORDER BY id LIMIT 1",
      )
      .get(page)
  }

  private record(page: number, kind: WordChangeKind, change: WordChange): void {
    this.store
      .prepare("UPDATE word_change SET state = 'dropped' WHERE page_id = ? AND state = 'undone'")
      .run(page)
    this.store
      .prepare(
        "INSERT INTO word_change (page_id, kind, change, state, created_at) VALUES (?, ?, ?, 'done', ?)",
      )
      .run(page, kind, JSON.stringify(change), Date.now())
  }

  private setCorrection(
    page: number,
    position: number,
    text: string | null,
    replacement: number | null,
  ): void {
    this.store
      .prepare(
        'INSERT INTO correction (page_id, position, text, created_at, replacement_id) VALUES (?, ?, ?, ?, ?)',
      )
      .run(page, position, text, Date.now(), replacement)
  }

  private setGone(page: number, positions: readonly number[], gone: boolean): void {
    const set = this.store.prepare('UPDATE word SET gone = ? WHERE page_id = ? AND position = ?')
    for (const position of positions) set.run(gone ? 1 : 0, page, position)
  }

  private setFacts(page: number, facts: Partial<PageFacts>): void {
    for (const column of factColumns) {
      const value = facts[column]
      if (value !== undefined)
        this.store.prepare(`UPDATE page SET ${column} = ? WHERE id = ?`).run(value, page)
    }
  }

  private setState(id: number, state: 'done' | 'undone'): void {
    this.store.prepare('UPDATE word_change SET state = ? WHERE id = ?').run(state, id)
  }
}

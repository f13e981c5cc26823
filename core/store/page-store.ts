import { randomUUID } from 'node:crypto'
import {
  type ErrorBody,
  GlyphlabError,
  type OcrReading,
  type Page,
  type PageArrangement,
  type PageRegion,
  type PageSummary,
  type PageTable,
  type PageWord,
  type WordEdit,
} from '../contract/index.ts'
import { arrangedSize, boxAfter, isOriginal, type PictureChange } from '../domain/page-arrangement.ts'
import { pageText } from '../domain/page-text.ts'
import { exchangeOf, type RankedWord } from '../domain/word-editing.ts'
import { indexPage } from './page-index.ts'
import type { Store } from './sqlite.ts'
import { type PageFacts, WordJournal } from './word-journal.ts'

interface PageRow extends PageFacts {
  id: number
  uid: string
  name: string
  status: PageSummary['status']
  blob_hash: string | null
  engine: string | null
  language: string | null
  language_digest: string | null
  model: string | null
  recipe: string | null
  read_text: string
  confidence: number | null
  warnings: string
  error: string | null
  duration_ms: number | null
  created_at: number
  word_count: number
  correction_count: number
}

interface WordRow {
  position: number
  text: string
  confidence: number
  x0: number
  y0: number
  x1: number
  y1: number
  line: number
  block: number
  rank: number
}

const selectPage = `
  SELECT p.*, b.hash AS blob_hash,
    (SELECT count(*) FROM word w WHERE w.page_id = p.id AND w.gone = 0) AS word_count,
    (SELECT count(*) FROM correction c JOIN word v ON v.page_id = c.page_id AND v.position = c.position AND v.gone = 0 WHERE c.page_id = p.id AND c.text IS NOT NULL
      AND c.id = (SELECT max(id) FROM correction n WHERE n.page_id = c.page_id AND n.position = c.position)) AS correction_count
  FROM page p LEFT JOIN blob b ON b.id = p.blob_id`

function toSummary(row: PageRow): PageSummary {
  return {
    id: row.uid,
    name: row.name,
    status: row.status,
    document: String(row.document_id),
    blob: row.blob_hash,
    width: row.width,
    height: row.height,
    confidence: row.confidence,
    wordCount: row.word_count,
    correctionCount: row.correction_count,
    error: row.error === null ? null : (JSON.parse(row.error) as ErrorBody),
    createdAt: row.created_at,
  }
}

/** For so long a page that was removed can be restored. */
const keptMs = 30 * 24 * 60 * 60 * 1000

export class PageStore {
  private readonly store: Store
  private readonly journal: WordJournal

  constructor(store: Store) {
    this.store = store
    this.journal = new WordJournal(store)
  }

  /** @param document the first page of the document that it is a page of; without it, it is one of its own */
  create(name: string, document?: string, place = 0, regions: readonly PageRegion[] = []): string {
    const uid = randomUUID()
    const { lastInsertRowid } = this.store
      .prepare(
        "INSERT INTO page (uid, name, status, place, regions, created_at) VALUES (?, ?, 'waiting', ?, ?, ?)",
      )
      .run(uid, name, place, JSON.stringify(regions), Date.now())
    this.store
      .prepare('UPDATE page SET document_id = ? WHERE uid = ?')
      .run(document === undefined ? Number(lastInsertRowid) : this.row(document).document_id, uid)
    return uid
  }

  /** New pages of the same pictures, as they are arranged, to be read anew; the old ones and their corrections stay. */
  createAgain(uids: readonly string[]): string[] {
    /** By the old document's number, the first new page. */
    const documents = new Map<number, string>()
    return uids.map((uid, at) => {
      const { name, document_id, blob_id, original_blob_id, arrangement, regions } = this.row(uid)
      const again = this.create(name, documents.get(document_id), at)
      if (!documents.has(document_id)) documents.set(document_id, again)
      this.store
        .prepare(
          'UPDATE page SET blob_id = ?, original_blob_id = ?, arrangement = ?, regions = ? WHERE uid = ?',
        )
        .run(blob_id, original_blob_id, arrangement, regions, again)
      return again
    })
  }

  setBlob(uid: string, blobId: number): void {
    this.store.prepare('UPDATE page SET blob_id = ? WHERE uid = ?').run(blobId, uid)
  }

  exists(uid: string): boolean {
    return this.store.prepare('SELECT 1 FROM page WHERE uid = ?').get(uid) !== undefined
  }

  /**
   * Stores what an engine read, with the digest of its language data or of its model. Corrections made before are kept in the journal but
   * belong to the old words.
   */
  setReading(
    uid: string,
    reading: OcrReading,
    languageDigest: string | null = null,
    model: Page['model'] = null,
  ): void {
    this.store.transaction(() => {
      const { id } = this.row(uid)
      this.store
        .prepare(
          `UPDATE page SET status = 'read', width = ?, height = ?, engine = ?, language = ?, read_text = ?, confidence = ?,
           warnings = ?, error = NULL, duration_ms = ?, language_digest = ?, model = ?, recipe = ?, tables = ? WHERE id = ?`,
        )
        .run(
          reading.width,
          reading.height,
          reading.engine,
          reading.language,
          reading.text,
          reading.confidence,
          JSON.stringify(reading.warnings),
          reading.durationMs,
          languageDigest,
          model && JSON.stringify(model),
          JSON.stringify(reading.recipe),
          JSON.stringify(reading.tables ?? []),
          id,
        )
      this.store.prepare('DELETE FROM word WHERE page_id = ?').run(id)
      const insert = this.store.prepare(
        'INSERT INTO word (page_id, position, text, confidence, x0, y0, x1, y1, line, block) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      )
      for (const [position, word] of reading.words.entries()) {
        insert.run(
          id,
          position,
          word.text,
          word.confidence,
          word.box.x0,
          word.box.y0,
          word.box.x1,
          word.box.y1,
          word.line,
          word.block,
        )
      }
      this.index(uid, id)
    })()
  }

  setError(uid: string, error: ErrorBody): void {
    this.store
      .prepare("UPDATE page SET status = 'failed', error = ? WHERE uid = ?")
      .run(JSON.stringify(error), uid)
  }

  private row(uid: string): PageRow {
    const row = this.store.prepare<[string], PageRow>(`${selectPage} WHERE p.uid = ?`).get(uid)
    if (!row) throw new GlyphlabError('NOT_FOUND', `There is no page ${uid}.`)
    return row
  }

  /** The newest document first, the pages of each in their order. */
  list(offset: number, limit: number): { total: number; items: PageSummary[] } {
    const total =
      this.store.prepare<[], { n: number }>('SELECT count(*) AS n FROM page WHERE removed_at IS NULL').get()
        ?.n ?? 0
    const rows = this.store
      .prepare<[number, number], PageRow>(
        `${selectPage} WHERE p.removed_at IS NULL ORDER BY p.document_id DESC, p.place, p.id LIMIT ? OFFSET ?`,
      )
      .all(limit, offset)
    return { total, items: rows.map(toSummary) }
  }

  get(uid: string): Page {
    const row = this.row(uid)
    const words = this.wordsOf(row.id, 0).map(({ rank: _, ...word }): PageWord => word)
    return {
      ...toSummary(row),
      engine: row.engine,
      language: row.language,
      languageDigest: row.language_digest,
      model: row.model === null ? null : (JSON.parse(row.model) as Page['model']),
      recipe: row.recipe === null ? null : (JSON.parse(row.recipe) as Page['recipe']),
      text: words.some((word) => word.correction !== null) ? pageText(words) : row.read_text,
      readText: row.read_text,
      words,
      arrangement: row.arrangement === null ? null : (JSON.parse(row.arrangement) as PageArrangement),
      regions: JSON.parse(row.regions) as PageRegion[],
      tables: JSON.parse(row.tables) as PageTable[],
      ...this.journal.next(row.id),
      warnings: JSON.parse(row.warnings) as string[],
      durationMs: row.duration_ms,
    }
  }

  /** The words that are there (`gone` 0) or out of sight (1), in reading order. */
  private wordsOf(id: number, gone: 0 | 1): RankedWord[] {
    const corrections = new Map(
      this.store
        .prepare<[number], { position: number; text: string | null }>(
          'SELECT position, text FROM correction WHERE page_id = ? ORDER BY id',
        )
        .all(id)
        .map(({ position, text }) => [position, text]),
    )
    return this.store
      .prepare<[number, number], WordRow>(
        `SELECT *, coalesce(rank, position) AS rank FROM word WHERE page_id = ? AND gone = ?
         ORDER BY coalesce(rank, position), position`,
      )
      .all(id, gone)
      .map(({ position, text, confidence, x0, y0, x1, y1, line, block, rank }) => ({
        index: position,
        text,
        confidence,
        box: { x0, y0, x1, y1 },
        line,
        block,
        correction: corrections.get(position) ?? null,
        rank,
      }))
  }

  /** @throws GlyphlabError NOT_FOUND when the page has no such word. */
  correct(uid: string, position: number, text: string | null): Page {
    return this.changed(uid, (id) => {
      const word = this.wordsOf(id, 0).find(({ index }) => index === position)
      if (!word) throw new GlyphlabError('NOT_FOUND', `This page has no word ${position}.`)
      this.journal.correct(id, 'correct', [{ position, before: word.correction, after: text }])
    })
  }

  /** Corrects words of a page, as a part of the replacement with this row; for use within a transaction. */
  correctWords(
    uid: string,
    corrections: ReadonlyMap<number, string | null>,
    replacement: number | null,
  ): void {
    const { id } = this.row(uid)
    const before = new Map(this.wordsOf(id, 0).map(({ index, correction }) => [index, correction]))
    const changes = [...corrections].map(([position, after]) => ({
      position,
      before: before.get(position) ?? null,
      after,
    }))
    this.journal.correct(id, 'replace', changes, replacement)
    this.index(uid, id)
  }

  /** Joins, splits, moves or adds words. @throws GlyphlabError NOT_FOUND, INVALID_INPUT */
  editWords(uid: string, edit: WordEdit): Page {
    return this.changed(uid, (id, { width, height }) => {
      const size = { width: width ?? 0, height: height ?? 0 }
      const { removed, added } = exchangeOf(this.wordsOf(id, 0), this.wordsOf(id, 1), edit, size)
      this.journal.exchange(id, edit.kind, removed, added)
    })
  }

  /** The hash of the picture that the page was made of, whatever is on view; null while it is not stored. */
  original(uid: string): { id: number; hash: string } | null {
    const { blob_id, original_blob_id } = this.row(uid)
    return (
      this.store
        .prepare<[number | null], { id: number; hash: string }>('SELECT id, hash FROM blob WHERE id = ?')
        .get(original_blob_id ?? blob_id) ?? null
    )
  }

  /** Turns or crops a page: its words, regions and tables go along. @param picture the blob of what is then on view */
  arrange(
    uid: string,
    change: PictureChange,
    before: PageArrangement,
    after: PageArrangement,
    picture: number,
  ): Page {
    return this.changed(uid, (id, row) => {
      const original = row.original_blob_id ?? row.blob_id
      const size = arrangedSize(before)
      const next = arrangedSize(after)
      const words = this.wordsOf(id, 0)
      const added = words.flatMap((word) => {
        const box = boxAfter(word.box, size, change)
        return box === null ? [] : [{ ...word, box }]
      })
      const moved = <T extends { box: PageRegion['box'] }>(items: T[]): T[] =>
        items.flatMap((item) => {
          const box = boxAfter(item.box, size, change)
          return box === null ? [] : [{ ...item, box }]
        })
      // Rows and columns of a table that lies on its side are no longer rows and columns.
      const tables =
        change.kind === 'turn' && change.degrees !== 180
          ? []
          : moved(JSON.parse(row.tables) as PageTable[]).map((table) => ({
              ...table,
              cells: moved(table.cells),
            }))
      const { blob_id, original_blob_id, arrangement, regions, width, height } = row
      this.journal.exchange(
        id,
        change.kind,
        words.map(({ index }) => index),
        added,
        {
          before: { blob_id, original_blob_id, arrangement, regions, tables: row.tables, width, height },
          after: {
            blob_id: picture,
            original_blob_id: isOriginal(after) ? null : original,
            arrangement: isOriginal(after) ? null : JSON.stringify(after),
            regions: JSON.stringify(moved(JSON.parse(regions) as PageRegion[])),
            tables: JSON.stringify(tables),
            ...(width !== null && next),
          },
        },
      )
    })
  }

  /** @throws GlyphlabError NOT_FOUND; INVALID_INPUT for a page beside itself */
  move(uid: string, to: 'before' | 'behind', other: string): Page {
    return this.changed(uid, (id, { document_id, place }) => {
      const target = this.row(other)
      if (target.id === id)
        throw new GlyphlabError('INVALID_INPUT', 'A page can’t be moved beside itself. Name another page.')
      const pages = this.store
        .prepare<[number, number], { id: number; place: number }>(
          'SELECT id, place FROM page WHERE document_id = ? AND id <> ? AND removed_at IS NULL ORDER BY place, id',
        )
        .all(target.document_id, id)
      const at = pages.findIndex((page) => page.id === target.id) + (to === 'behind' ? 1 : 0)
      const [left, right] = [pages[at - 1]?.place, pages[at]?.place]
      const between =
        left === undefined ? (right ?? 0) - 1 : right === undefined ? left + 1 : (left + right) / 2
      this.journal.change(id, 'move', {
        before: { document_id, place },
        after: { document_id: target.document_id, place: between },
      })
    })
  }

  setRegions(uid: string, regions: readonly PageRegion[]): Page {
    return this.changed(uid, (id, row) =>
      this.journal.change(id, 'regions', {
        before: { regions: row.regions },
        after: { regions: JSON.stringify(regions) },
      }),
    )
  }

  /** Takes pages out of sight; the search forgets them until they are restored. */
  remove(uids: readonly string[]): number {
    return this.store.transaction(() => {
      let removed = 0
      for (const uid of uids) {
        const { id } = this.row(uid)
        removed += this.store
          .prepare('UPDATE page SET removed_at = ? WHERE id = ? AND removed_at IS NULL')
          .run(Date.now(), id).changes
        indexPage(this.store, id, [])
      }
      return removed
    })()
  }

  restore(uids: readonly string[]): number {
    return this.store.transaction(() => {
      let restored = 0
      for (const uid of uids) {
        const { id } = this.row(uid)
        restored += this.store
          .prepare('UPDATE page SET removed_at = NULL WHERE id = ? AND removed_at IS NOT NULL')
          .run(id).changes
        this.index(uid, id)
      }
      return restored
    })()
  }

  /** The last one first. */
  removed(): PageSummary[] {
    return this.store
      .prepare<[], PageRow>(
        `${selectPage} WHERE p.removed_at IS NOT NULL ORDER BY p.removed_at DESC, p.id DESC`,
      )
      .all()
      .map(toSummary)
  }

  /** Forgets for good what was removed more than 30 days ago. */
  purgeRemoved(now = Date.now()): number {
    return this.store.prepare('DELETE FROM page WHERE removed_at < ?').run(now - keptMs).changes
  }

  /** @throws GlyphlabError CONFLICT when there is nothing to take back */
  undo(uid: string): Page {
    return this.changed(uid, (id) => this.journal.undo(id))
  }

  /** @throws GlyphlabError CONFLICT when there is nothing to do again */
  redo(uid: string): Page {
    return this.changed(uid, (id) => this.journal.redo(id))
  }

  private changed(uid: string, change: (id: number, row: PageRow) => void): Page {
    return this.store.transaction(() => {
      const row = this.row(uid)
      change(row.id, row)
      return this.index(uid, row.id)
    })()
  }

  /** Brings the search up to date with the page's words. */
  private index(uid: string, id: number): Page {
    const page = this.get(uid)
    indexPage(this.store, id, page.words)
    return page
  }

  /** Every page's name and picture, the newest first. */
  named(): { id: string; name: string; blob: string | null }[] {
    return this.store
      .prepare<[], { id: string; name: string; blob: string | null }>(
        'SELECT p.uid AS id, p.name, b.hash AS blob FROM page p LEFT JOIN blob b ON b.id = p.blob_id WHERE p.removed_at IS NULL ORDER BY p.id DESC',
      )
      .all()
  }

  /** The read pages in which something was corrected, oldest first. */
  corrected(): string[] {
    return this.store
      .prepare<[], { uid: string }>(
        `SELECT uid FROM (${selectPage}) WHERE status = 'read' AND removed_at IS NULL AND correction_count > 0 ORDER BY document_id, place, id`,
      )
      .all()
      .map(({ uid }) => uid)
  }

  delete(uids: string[]): number {
    const remove = this.store.prepare('DELETE FROM page WHERE uid = ?')
    return this.store.transaction(() => uids.reduce((sum, uid) => sum + remove.run(uid).changes, 0))()
  }
}

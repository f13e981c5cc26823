import { randomUUID } from 'node:crypto'
import { GlyphlabError, type PageTruth, type ReadingOptions } from '../contract/index.ts'
import type { Store } from './sqlite.ts'

export interface StoredPage {
  pageId: string
  name: string
  truth: string
  source: PageTruth['source']
}

export interface StoredWay {
  options: ReadingOptions
  /** The model version that the engine meant, and its digest; null for a built-in one. */
  model: { reference: string; digest: string } | null
  runId: string
}

export interface StoredReading {
  way: number
  page: number
  text: string
  error: string | null
  durationMs: number
  characterEdits: number
  characterLength: number
  wordEdits: number
  wordLength: number
}

export interface StoredComparison {
  id: string
  name: string
  at: number
  jobId: string
  pages: StoredPage[]
  ways: StoredWay[]
}

interface ComparisonRow {
  id: number
  uid: string
  name: string
  job_id: string | null
  pages: string
  ways: string
  created_at: number
}

const readingColumns = `way, page, text, error, duration_ms AS durationMs, character_edits AS characterEdits,
  character_length AS characterLength, word_edits AS wordEdits, word_length AS wordLength`

const toComparison = (row: ComparisonRow): StoredComparison => ({
  id: row.uid,
  name: row.name,
  at: row.created_at,
  jobId: row.job_id ?? '',
  pages: JSON.parse(row.pages) as StoredPage[],
  ways: JSON.parse(row.ways) as StoredWay[],
})

/** How well engines and recipes read pages: each reading as it comes, so that a comparison goes on where it was ended. */
export class ComparisonStore {
  private readonly store: Store

  constructor(store: Store) {
    this.store = store
  }

  create(name: string, pages: readonly StoredPage[], ways: readonly StoredWay[]): string {
    const uid = randomUUID()
    this.store
      .prepare('INSERT INTO page_comparison (uid, name, pages, ways, created_at) VALUES (?, ?, ?, ?, ?)')
      .run(uid, name, JSON.stringify(pages), JSON.stringify(ways), Date.now())
    return uid
  }

  setJob(uid: string, jobId: string): void {
    this.store.prepare('UPDATE page_comparison SET job_id = ? WHERE uid = ?').run(jobId, uid)
  }

  exists(uid: string): boolean {
    return this.store.prepare('SELECT 1 FROM page_comparison WHERE uid = ?').get(uid) !== undefined
  }

  /** @throws GlyphlabError NOT_FOUND */
  get(uid: string): StoredComparison {
    return toComparison(this.row(uid))
  }

  /** The newest first. */
  list(limit: number): StoredComparison[] {
    return this.store
      .prepare<[number], ComparisonRow>('SELECT * FROM page_comparison ORDER BY id DESC LIMIT ?')
      .all(limit)
      .map(toComparison)
  }

  /** What was read so far, by way and page; of one page only where that is told. */
  readings(uid: string, page: number | null = null): StoredReading[] {
    return this.store
      .prepare<Record<string, unknown>, StoredReading>(
        `SELECT ${readingColumns} FROM compared_reading
         WHERE comparison_id = @id AND (@page IS NULL OR page = @page) ORDER BY way, page`,
      )
      .all({ id: this.row(uid).id, page })
  }

  addReading(uid: string, reading: StoredReading): void {
    this.store
      .prepare(
        `INSERT OR REPLACE INTO compared_reading (comparison_id, way, page, text, error, duration_ms,
           character_edits, character_length, word_edits, word_length)
         VALUES (@id, @way, @page, @text, @error, @durationMs, @characterEdits, @characterLength, @wordEdits, @wordLength)`,
      )
      .run({ id: this.row(uid).id, ...reading })
  }

  delete(uid: string): void {
    this.store.prepare('DELETE FROM page_comparison WHERE id = ?').run(this.row(uid).id)
  }

  private row(uid: string): ComparisonRow {
    const row = this.store
      .prepare<[string], ComparisonRow>('SELECT * FROM page_comparison WHERE uid = ?')
      .get(uid)
    if (!row) throw new GlyphlabError('NOT_FOUND', `There is no comparison ${uid}.`)
    return row
  }
}

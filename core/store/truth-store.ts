import { GlyphlabError, type PageTruth } from '../contract/index.ts'
import type { PageStore } from './page-store.ts'
import type { Store } from './sqlite.ts'

interface TruthRow {
  text: string | null
  source: PageTruth['source']
  origin: string | null
  created_at: number
}

/** A page of which it is known what stands on it. */
export interface TruePage {
  pageId: string
  name: string
  source: PageTruth['source']
}

/**
 * What really stands on pictures. It belongs to the picture, so that a page read again has it too. Every change stays in
 * the journal.
 */
export class TruthStore {
  private readonly store: Store
  private readonly pages: PageStore

  constructor(store: Store, pages: PageStore) {
    this.store = store
    this.pages = pages
  }

  /** What was said of the page's picture. @throws GlyphlabError NOT_FOUND */
  get(pageId: string): PageTruth | null {
    const row = this.store
      .prepare<[string], TruthRow>(
        'SELECT text, source, origin, created_at FROM page_truth WHERE hash = ? ORDER BY id DESC LIMIT 1',
      )
      .get(this.pictureOf(pageId))
    if (!row || row.text === null) return null
    return { text: row.text, source: row.source, origin: row.origin, at: row.created_at }
  }

  /** What was said, or the page's own text where it was corrected. @throws GlyphlabError NOT_FOUND */
  of(pageId: string): PageTruth | null {
    const said = this.get(pageId)
    if (said) return said
    const page = this.pages.get(pageId)
    if (page.correctionCount === 0) return null
    return { text: page.text, source: 'corrected', origin: null, at: page.createdAt }
  }

  /** @param text null takes it back @throws GlyphlabError NOT_FOUND, CONFLICT for a page without a picture */
  set(
    pageId: string,
    text: string | null,
    source: PageTruth['source'],
    origin: string | null = null,
  ): PageTruth | null {
    this.store
      .prepare('INSERT INTO page_truth (hash, text, source, origin, created_at) VALUES (?, ?, ?, ?, ?)')
      .run(this.pictureOf(pageId), text, source, origin, Date.now())
    return this.get(pageId)
  }

  /** One page for each picture, the newest; of several pages the one that was corrected. */
  truePages(): TruePage[] {
    return this.store
      .prepare<[], TruePage>(
        `WITH said AS (
           SELECT hash, source FROM page_truth t
           WHERE text IS NOT NULL AND id = (SELECT max(id) FROM page_truth n WHERE n.hash = t.hash)
         ), known AS (
           SELECT p.id, p.uid AS pageId, p.name, b.hash, coalesce(s.source, 'corrected') AS source
           FROM page p JOIN blob b ON b.id = p.blob_id LEFT JOIN said s ON s.hash = b.hash
           WHERE p.removed_at IS NULL AND (s.hash IS NOT NULL OR (p.status = 'read' AND EXISTS (
             SELECT 1 FROM correction c
             JOIN word v ON v.page_id = c.page_id AND v.position = c.position AND v.gone = 0
             WHERE c.page_id = p.id AND c.text IS NOT NULL
               AND c.id = (SELECT max(id) FROM correction n WHERE n.page_id = c.page_id AND n.position = c.position))))
         )
         SELECT pageId, name, source FROM known k
         WHERE id = (SELECT max(id) FROM known n WHERE n.hash = k.hash) ORDER BY id DESC`,
      )
      .all()
  }

  private pictureOf(pageId: string): string {
    const { name, blob } = this.pages.get(pageId)
    if (blob !== null) return blob
    throw new GlyphlabError('CONFLICT', `${name}: its picture is not stored. Read the file again.`)
  }
}

import { BlobFiles, type PackedBlob, sha256Of } from '../blobs/blob-files.ts'
import { GlyphlabError, type JobProgress, rowMediaType } from '../contract/index.ts'
import { storageError } from '../domain/disk-full.ts'
import type { ImportedTable, ImportInput } from './import-messages.ts'
import type { RowSource, SourceRow } from './importers/importer.ts'
import type { ScanResult } from './scan.ts'
import { ColumnSummary } from './tables/column-profile.ts'
import { RowWriter } from './tables/row-content.ts'

/** Hashes asked for at once: fewer questions than batches of pictures need. */
const rowsAtOnce = 5_000
/** A row has no size in pixels. */
const rowInfo = { width: 0, height: 0, mediaType: rowMediaType }

interface RowPort {
  progress(progress: JobProgress): void
  /** The hashes among these that the data folder holds already. */
  lookup(hashes: string[]): Promise<Set<string>>
  blobs(blobs: PackedBlob[]): void
  cancelled(): boolean
}

interface StoredRow extends Omit<SourceRow, 'cells' | 'line'> {
  hash: string
  bytes: number
  text: null
  boxes: []
  info: typeof rowInfo
}

/**
 * Stores the rows of a table, each as a small blob in the import's pack. Rows that are none are refused by file and
 * line; a name that comes twice counts once.
 */
export async function storeRows(
  rows: RowSource,
  { home, writer }: Pick<ImportInput, 'home' | 'writer'>,
  scan: ScanResult,
  port: RowPort,
): Promise<{ accepted: StoredRow[]; table: ImportedTable }> {
  const content = new RowWriter(rows.columns.map(({ name }) => name))
  const kindOf = new Map(rows.columns.map(({ name, kind }) => [name, kind]))
  const kinds = content.columns.map((name) => kindOf.get(name) ?? 'text')
  const summary = new ColumnSummary(content.columns, kinds)
  const files = new BlobFiles(home, writer)
  const pack = files.createPack(writer)
  const accepted: StoredRow[] = []
  const packed: PackedBlob[] = []
  const paths = new Set<string>()
  const seen = new Set<string>()
  const startedAt = Date.now()
  let waiting: { hash: string; bytes: Buffer }[] = []
  const flush = async () => {
    const known = await port.lookup(waiting.map(({ hash }) => hash))
    for (const { hash, bytes } of waiting) if (!known.has(hash)) packed.push(pack.append(hash, bytes))
    waiting = []
  }
  try {
    let done = 0
    for await (const batch of rows.read()) {
      if (port.cancelled())
        throw new GlyphlabError('CANCELLED', 'The import was cancelled. Nothing of it was kept.')
      for (const row of batch) {
        if ('reason' in row) {
          scan.refused.push(row)
          continue
        }
        const { cells, where, line: _, ...sample } = row
        if (paths.has(row.path)) {
          scan.refused.push({ path: where, reason: `another row is called "${row.path}" too` })
          continue
        }
        paths.add(row.path)
        const ordered = content.ordered(cells)
        summary.add(ordered)
        const bytes = content.bytes(ordered)
        const hash = sha256Of(bytes)
        accepted.push({ ...sample, hash, bytes: bytes.length, text: null, boxes: [], info: rowInfo })
        if (seen.has(hash)) continue
        seen.add(hash)
        waiting.push({ hash, bytes })
      }
      if (waiting.length >= rowsAtOnce) await flush()
      done += batch.length
      const rate = done / Math.max(0.001, (Date.now() - startedAt) / 1000)
      port.progress({
        value: 0.2 + (done / rows.rowCount) * 0.7,
        message: `Importing row ${done} of ${rows.rowCount}`,
        rate,
        rateUnit: 'rows/s',
        remainingMs: ((rows.rowCount - done) / rate) * 1000,
      })
    }
    await flush()
    pack.finish()
  } catch (cause) {
    pack.discard()
    throw storageError(cause, files.root)
  }
  while (packed.length > 0) port.blobs(packed.splice(-rowsAtOnce))
  return { accepted, table: { target: rows.target, columns: summary.result() } }
}

import { type BlobLocation, readBlob } from '../../blobs/blob-files.ts'
import type { ColumnKind, TableCell, TableColumn } from '../../contract/index.ts'
import { comparePaths } from '../manifest.ts'
import { ColumnProfile, ColumnSummary } from './column-profile.ts'
import { readRow } from './row-content.ts'

/**
 * What the columns of stored rows hold.
 * @param known the columns' kinds by name; left out, rows are read twice: kinds first
 */
export async function columnsOfRows(
  samples: readonly { hash: string; location: BlobLocation }[],
  known?: ReadonlyMap<string, ColumnKind>,
): Promise<TableColumn[]> {
  const [first] = samples
  if (!first) return []
  // Each row has every field: missing values are null.
  const names = Object.keys(readRow(await readBlob(first.location, first.hash))).sort(comparePaths)
  const each = async (use: (cells: TableCell[]) => void) => {
    for (const { location, hash } of samples) {
      const row = readRow(await readBlob(location, hash))
      use(names.map((name) => row[name] ?? null))
    }
  }
  const found = async () => {
    const profile = new ColumnProfile(names, null)
    await each((cells) => profile.add(cells))
    return profile.kinds()
  }
  const kinds = known ? names.map((name) => known.get(name) ?? 'text') : await found()
  const summary = new ColumnSummary(names, kinds)
  await each((cells) => summary.add(cells))
  return summary.result()
}

import fs from 'node:fs'
import { GlyphlabError, type SampleFilter, type TableCell, type TableRow } from '../contract/index.ts'
import { sortInTurns } from '../domain/sort-in-turns.ts'
import type { DatasetStore } from '../store/dataset-store.ts'
import type { Services } from './services.ts'

const rowsAtOnce = 1_000
const keptOrders = 8

type Row = Record<string, TableCell>

/** Bytes of many blobs, read from few files that stay open meanwhile. */
class BlobReader {
  private readonly handles = new Map<string, number>()

  read({ file, offset, length }: { file: string; offset: number; length: number }): Buffer {
    const handle = this.handles.get(file) ?? fs.openSync(file, 'r')
    this.handles.set(file, handle)
    const content = Buffer.alloc(length)
    fs.readSync(handle, content, 0, length, offset)
    return content
  }

  close(): void {
    for (const handle of this.handles.values()) fs.closeSync(handle)
  }
}

function rowIn(bytes: Buffer, name: string): Row {
  try {
    return JSON.parse(bytes.toString('utf8')) as Row
  } catch (cause) {
    throw new GlyphlabError(
      'DAMAGED',
      `${name}: its stored row is damaged. Import the table again.`,
      undefined,
      { cause },
    )
  }
}

/** Goes through all rows of a version, giving way to other requests. */
async function eachRow(
  datasets: DatasetStore,
  versionId: string,
  use: (row: Row, ordinal: number, name: string) => void,
): Promise<void> {
  const { sampleCount } = datasets.version(versionId)
  const reader = new BlobReader()
  try {
    for (let start = 0; start < sampleCount; start += rowsAtOnce) {
      for (const { ordinal, path, location } of datasets.stored(versionId, start, rowsAtOnce))
        use(rowIn(reader.read(location), path), ordinal, path)
      await new Promise((resolve) => setImmediate(resolve))
    }
  } finally {
    reader.close()
  }
}

/** Missing values last; numbers by value, words by their letters. */
function compareCells(a: TableCell, b: TableCell): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [one, two] = [String(a), String(b)]
  return one < two ? -1 : one > two ? 1 : 0
}

/** Rows of table versions as they are shown. A version never changes: an order, once made, is kept for a while. */
export class TableRows {
  private readonly services: Pick<Services, 'datasets' | 'blobs'>
  private readonly kept = new Map<string, Promise<Uint32Array>>()

  constructor(services: Pick<Services, 'datasets' | 'blobs'>) {
    this.services = services
  }

  private keep(key: string, make: () => Promise<Uint32Array>): Promise<Uint32Array> {
    const list = this.kept.get(key) ?? make()
    this.kept.delete(key)
    this.kept.set(key, list)
    list.catch(() => this.kept.delete(key))
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= keptOrders) break
      this.kept.delete(oldest)
    }
    return list
  }

  /** All ordinals in the order of a column. */
  private sorted(versionId: string, column: string, descending: boolean): Promise<Uint32Array> {
    return this.keep(JSON.stringify([versionId, column, descending]), async () => {
      const cells: TableCell[] = []
      await eachRow(this.services.datasets, versionId, (row, ordinal) => {
        cells[ordinal] = row[column] ?? null
      })
      const direction = descending ? -1 : 1
      return sortInTurns(Uint32Array.from(cells.keys()), (a, b) => {
        const [one, two] = [cells[a] ?? null, cells[b] ?? null]
        const order = compareCells(one, two)
        return (one === null || two === null ? order : direction * order) || a - b
      })
    })
  }

  /** Ordinals of the rows whose name or cells hold a text, in either case. */
  private matching(versionId: string, search: string): Promise<Uint32Array> {
    const wanted = search.toLowerCase()
    return this.keep(JSON.stringify([versionId, wanted]), async () => {
      const found: number[] = []
      await eachRow(this.services.datasets, versionId, (row, ordinal, name) => {
        const holds = (text: TableCell) => text !== null && String(text).toLowerCase().includes(wanted)
        if (holds(name) || Object.values(row).some(holds)) found.push(ordinal)
      })
      return Uint32Array.from(found)
    })
  }

  /** The ordinals that a filter leaves, in its order; null: all in the canonical order. */
  private async ordinals(
    versionId: string,
    { search, ...filter }: Partial<SampleFilter>,
    column: string | undefined,
  ): Promise<Uint32Array | null> {
    const { datasets } = this.services
    const left = datasets.ordinals(versionId, filter)
    const lists = [left, search === undefined ? null : await this.matching(versionId, search)].filter(
      (list) => list !== null,
    )
    const order =
      column === undefined
        ? (lists[0] ?? null)
        : await this.sorted(versionId, column, filter.descending === true)
    const limits = column === undefined ? lists.slice(1) : lists
    if (!order || limits.length === 0) return order
    const { sampleCount } = datasets.version(versionId)
    const passed = limits.map((list) => {
      const flags = new Uint8Array(sampleCount)
      for (const ordinal of list) flags[ordinal] = 1
      return flags
    })
    return order.filter((ordinal) => passed.every((flags) => flags[ordinal] === 1))
  }

  /** @throws GlyphlabError INVALID_INPUT for a version of pictures, or a column that is not there */
  async page(
    versionId: string,
    filter: Partial<SampleFilter>,
    { column, offset, limit }: { column: string | undefined; offset: number; limit: number },
  ): Promise<{ total: number; items: TableRow[] }> {
    const { datasets, blobs } = this.services
    const { table, sampleCount, datasetName } = datasets.version(versionId)
    if (!table) throw new GlyphlabError('INVALID_INPUT', `"${datasetName}" holds pictures, not rows.`)
    const names = datasets.columns(versionId).map(({ name }) => name)
    if (column !== undefined && !names.includes(column))
      throw new GlyphlabError('INVALID_INPUT', `"${datasetName}" has no column "${column}".`)
    const list = await this.ordinals(versionId, filter, column)
    const total = list?.length ?? sampleCount
    const shown = list
      ? [...list.subarray(offset, offset + limit)]
      : Array.from({ length: Math.max(0, Math.min(limit, total - offset)) }, (_, index) => offset + index)
    const samples = datasets.samplesAt(versionId, shown, filter.split)
    const reader = new BlobReader()
    try {
      return {
        total,
        items: shown.flatMap((ordinal) => {
          const sample = samples.get(ordinal)
          const location = sample && blobs.locate(sample.hash)
          if (!sample || !location) return []
          const { path, label, value, group, subset } = sample
          const row = rowIn(reader.read(location), path)
          return [
            { ordinal, path, label, value, group, subset, cells: names.map((name) => row[name] ?? null) },
          ]
        }),
      }
    } finally {
      reader.close()
    }
  }
}

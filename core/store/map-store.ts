import { randomUUID } from 'node:crypto'
import { type DatasetMap, GlyphlabError, type MapSource, type SamplePoints } from '../contract/index.ts'
import type { DatasetStore } from './dataset-store.ts'
import { packedNumbers } from './packed-numbers.ts'
import type { Store } from './sqlite.ts'

interface MapRow {
  uid: string
  version_uid: string
  source: string
  title: string
  seed: number
  neighbours: number
  laid_out: number
  sample_count: number
  seconds: number
  created_at: number
}

const rowsAtOnce = 10_000
const subsetPlaces: Record<string, number> = { train: 0, validation: 1, test: 2 }

/** The maps of versions, and what their points are coloured by. */
export class MapStore {
  private readonly store: Store
  private readonly datasets: DatasetStore

  constructor(store: Store, datasets: DatasetStore) {
    this.store = store
    this.datasets = datasets
  }

  /** @param coordinates `[samples, 2]` @returns the map's id */
  add(
    map: Pick<DatasetMap, 'versionId' | 'source' | 'title' | 'seed' | 'neighbours' | 'laidOut' | 'seconds'>,
    coordinates: Float32Array,
  ): string {
    const id = randomUUID()
    this.store
      .prepare(
        `INSERT INTO dataset_map (uid, version_id, source, title, seed, neighbours, laid_out, seconds, created_at, coordinates)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        id,
        this.datasets.rowId(map.versionId),
        JSON.stringify(map.source),
        map.title,
        map.seed,
        map.neighbours,
        map.laidOut,
        map.seconds,
        Date.now(),
        packedNumbers(coordinates),
      )
    return id
  }

  /** The newest first. @throws GlyphlabError NOT_FOUND */
  list(versionUid: string): DatasetMap[] {
    return this.store
      .prepare<[number], MapRow>(
        `SELECT m.uid, v.uid AS version_uid, m.source, m.title, m.seed, m.neighbours, m.laid_out, v.sample_count,
           m.seconds, m.created_at
         FROM dataset_map m JOIN dataset_version v ON v.id = m.version_id WHERE v.id = ? ORDER BY m.id DESC`,
      )
      .all(this.datasets.rowId(versionUid))
      .map((row) => ({
        id: row.uid,
        versionId: row.version_uid,
        source: JSON.parse(row.source) as MapSource,
        title: row.title,
        seed: row.seed,
        neighbours: row.neighbours,
        laidOut: row.laid_out,
        sampleCount: row.sample_count,
        seconds: row.seconds,
        createdAt: row.created_at,
      }))
  }

  /** `[samples, 2]` float32. @throws GlyphlabError NOT_FOUND */
  coordinates(mapId: string): Buffer {
    const row = this.store
      .prepare<[string], { coordinates: Buffer }>('SELECT coordinates FROM dataset_map WHERE uid = ?')
      .get(mapId)
    if (row) return row.coordinates
    throw new GlyphlabError('NOT_FOUND', `There is no map ${mapId}. Make it again.`)
  }

  /** Forgets a map; returns the dataset that it belonged to. @throws GlyphlabError NOT_FOUND */
  delete(mapId: string): string {
    const row = this.store
      .prepare<[string], { dataset_id: string }>(
        'SELECT v.dataset_id FROM dataset_map m JOIN dataset_version v ON v.id = m.version_id WHERE m.uid = ?',
      )
      .get(mapId)
    if (!row) throw new GlyphlabError('NOT_FOUND', `There is no map ${mapId}.`)
    this.store.prepare('DELETE FROM dataset_map WHERE uid = ?').run(mapId)
    return row.dataset_id
  }

  /** Class, subset and value of every sample, by ordinal. @throws GlyphlabError NOT_FOUND */
  async points(versionUid: string, split?: string): Promise<SamplePoints> {
    const version = this.datasets.brief(versionUid)
    const classes = new Uint16Array(version.sampleCount)
    const subsets = new Uint8Array(version.sampleCount)
    const values = new Float32Array(version.sampleCount).fill(Number.NaN)
    let valued = false
    for (let start = 0; start < version.sampleCount; start += rowsAtOnce) {
      for (const [ordinal, label, subset, value] of this.datasets.properties(
        versionUid,
        split,
        start,
        rowsAtOnce,
      )) {
        classes[ordinal] = label
        subsets[ordinal] = subsetPlaces[subset] ?? 0
        if (value === null) continue
        values[ordinal] = value
        valued = true
      }
      // Let the window's other requests in between.
      await new Promise((resolve) => setImmediate(resolve))
    }
    const text = (numbers: Uint8Array | Uint16Array | Float32Array) =>
      packedNumbers(numbers).toString('base64')
    return {
      labels: version.labels.map(({ label }) => label),
      classes: text(classes),
      subsets: text(subsets),
      values: valued ? text(values) : null,
    }
  }
}

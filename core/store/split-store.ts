import { GlyphlabError, type LabelCount, type Subset, type VersionSplit } from '../contract/index.ts'
import type { DatasetStore } from './dataset-store.ts'
import type { Reserve } from './reserve.ts'
import type { Store } from './sqlite.ts'

interface SplitRow {
  id: number
  name: string
  kind: VersionSplit['kind']
  seed: number
  fractions: string
  counts: string
  labels: string | null
  warnings: string
}

const rowsAtOnce = 5_000
export const defaultSplit = 'default'

/** The named splits of versions. The first, `default`, is written with its version. */
export class SplitStore {
  private readonly store: Store
  private readonly datasets: DatasetStore
  private readonly reserve: Reserve

  constructor(store: Store, datasets: DatasetStore, reserve: Reserve) {
    this.store = store
    this.datasets = datasets
    this.reserve = reserve
  }

  list(versionUid: string): VersionSplit[] {
    const version = this.datasets.brief(versionUid)
    const rows = this.store
      .prepare<[string], SplitRow>(
        'SELECT s.* FROM split s JOIN dataset_version v ON v.id = s.version_id WHERE v.uid = ? AND s.ready = 1 ORDER BY s.id',
      )
      .all(versionUid)
    return rows.map(({ name, kind, seed, fractions, counts, labels, warnings }) => ({
      name,
      kind,
      seed,
      fractions: JSON.parse(fractions) as Record<Subset, number>,
      counts: JSON.parse(counts) as Record<Subset, number>,
      labels: labels === null ? version.labels : (JSON.parse(labels) as LabelCount[]),
      warnings: JSON.parse(warnings) as string[],
    }))
  }

  /** @throws GlyphlabError NOT_FOUND, naming the splits there are */
  get(versionUid: string, name: string): VersionSplit {
    const splits = this.list(versionUid)
    const split = splits.find((one) => one.name === name)
    if (split) return split
    throw new GlyphlabError(
      'NOT_FOUND',
      `The version has no split "${name}". There ${splits.length === 1 ? 'is' : 'are'}: ${splits.map((one) => one.name).join(', ')}.`,
    )
  }

  /**
   * Adds splits, all or none. Rows are written in pieces, so that other requests come in between.
   * @param splits with the subset of each sample, by ordinal
   * @throws GlyphlabError CONFLICT when a name is taken
   */
  async add(
    versionUid: string,
    splits: readonly (VersionSplit & { subsets: readonly Subset[] })[],
  ): Promise<void> {
    const versionId = this.store
      .prepare<[string], { id: number }>('SELECT id FROM dataset_version WHERE uid = ? AND ready = 1')
      .get(versionUid)?.id
    if (versionId === undefined)
      throw new GlyphlabError('NOT_FOUND', `There is no dataset version ${versionUid}.`)
    const taken = this.store
      .prepare<[number], { name: string }>('SELECT name FROM split WHERE version_id = ?')
      .all(versionId)
      .find(({ name }) => splits.some((split) => split.name === name))
    if (taken)
      throw new GlyphlabError(
        'CONFLICT',
        `The version has a split "${taken.name}" already. Delete that one first, or choose another name.`,
      )
    const ids: number[] = []
    const member = this.store.prepare('INSERT INTO split_member (split_id, ordinal, subset) VALUES (?, ?, ?)')
    const write = this.store.transaction((id: number, subsets: readonly Subset[], start: number) => {
      const end = Math.min(start + rowsAtOnce, subsets.length)
      for (let ordinal = start; ordinal < end; ordinal += 1) member.run(id, ordinal, subsets[ordinal])
    })
    try {
      for (const split of splits) {
        const id = Number(
          this.store
            .prepare(
              'INSERT INTO split (version_id, name, kind, seed, fractions, counts, labels, warnings, ready) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)',
            )
            .run(
              versionId,
              split.name,
              split.kind,
              split.seed,
              JSON.stringify(split.fractions),
              JSON.stringify(split.counts),
              JSON.stringify(split.labels),
              JSON.stringify(split.warnings),
            ).lastInsertRowid,
        )
        ids.push(id)
        for (let start = 0; start < split.subsets.length; start += rowsAtOnce) {
          write(id, split.subsets, start)
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
      this.store.transaction(() => {
        for (const id of ids) this.store.prepare('UPDATE split SET ready = 1 WHERE id = ?').run(id)
      })()
    } catch (cause) {
      this.reserve.use(() => {
        for (const id of ids) this.store.prepare('DELETE FROM split WHERE id = ?').run(id)
      })
      throw cause
    }
  }

  /** @throws GlyphlabError NOT_FOUND; INVALID_INPUT for the version's own split */
  delete(versionUid: string, name: string): void {
    this.get(versionUid, name)
    if (name === defaultSplit)
      throw new GlyphlabError(
        'INVALID_INPUT',
        'The split "default" belongs to the version and stays. Add another one and choose that.',
      )
    this.store
      .prepare(
        'DELETE FROM split WHERE name = ? AND version_id = (SELECT id FROM dataset_version WHERE uid = ?)',
      )
      .run(name, versionUid)
  }
}

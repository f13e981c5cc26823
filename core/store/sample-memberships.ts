import { createHash } from 'node:crypto'
import { GlyphlabError, type SampleFilter } from '../contract/index.ts'
import { packedNumbers, uint16Of, uint32Of } from './packed-numbers.ts'
import type { Store } from './sqlite.ts'

/** Added to an outcome where the model was trained on the sample. */
export const seenBit = 4

/** Selections kept of a version: an address of one that is older finds it no more. */
const keptSelections = 200

/** Whether each sample of a version belongs to something that is kept beside the samples: a selection, answers of a model. */
export class SampleMemberships {
  private readonly store: Store

  constructor(store: Store) {
    this.store = store
  }

  /** Keeps ordinals; the same ones get the same id. */
  keepSelection(versionRow: number, ordinals: readonly number[]): string {
    const sorted = Uint32Array.from(new Set(ordinals)).sort()
    const uid = createHash('sha256').update(packedNumbers(sorted)).digest('hex').slice(0, 16)
    this.store.transaction(() => {
      this.store
        .prepare(
          `INSERT INTO dataset_selection (version_id, uid, used_at, ordinals) VALUES (?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET used_at = excluded.used_at`,
        )
        .run(versionRow, uid, Date.now(), packedNumbers(sorted))
      this.store
        .prepare(
          `DELETE FROM dataset_selection WHERE version_id = @version AND uid NOT IN
           (SELECT uid FROM dataset_selection WHERE version_id = @version ORDER BY used_at DESC LIMIT ${keptSelections})`,
        )
        .run({ version: versionRow })
    })()
    return uid
  }

  /** Ordinals, ascending. @throws GlyphlabError NOT_FOUND */
  selection(versionRow: number, uid: string): Uint32Array {
    const row = this.store
      .prepare<[number, string], { ordinals: Buffer }>(
        'SELECT ordinals FROM dataset_selection WHERE version_id = ? AND uid = ?',
      )
      .get(versionRow, uid)
    if (row) return uint32Of(row.ordinals)
    throw new GlyphlabError('NOT_FOUND', 'This selection is no longer kept. Select the pictures again.')
  }

  /** Whether a sample belongs to all that the filter asks for; null when it asks for nothing of this kind. */
  test(
    versionRow: number,
    { prediction, selection }: Pick<SampleFilter, 'prediction' | 'selection'>,
  ): ((ordinal: number) => boolean) | null {
    const predicted = prediction && this.predicted(versionRow, prediction)
    const selected = selection === undefined ? undefined : new Set(this.selection(versionRow, selection))
    if (predicted && selected) return (ordinal) => selected.has(ordinal) && predicted(ordinal)
    if (selected) return (ordinal) => selected.has(ordinal)
    return predicted ?? null
  }

  private predicted(
    versionRow: number,
    { id, outcome, label, seen }: NonNullable<SampleFilter['prediction']>,
  ): (ordinal: number) => boolean {
    const row = this.store
      .prepare<[number, string], { labels: string; classes: Buffer; outcomes: Buffer }>(
        'SELECT labels, classes, outcomes FROM dataset_prediction WHERE version_id = ? AND uid = ?',
      )
      .get(versionRow, id)
    if (!row)
      throw new GlyphlabError('NOT_FOUND', 'These answers of a model are no longer kept. Ask it again.')
    const classes = uint16Of(row.classes)
    const wanted = label === undefined ? -1 : (JSON.parse(row.labels) as string[]).indexOf(label)
    const { outcomes } = row
    return (ordinal) => {
      const told = outcomes[ordinal] ?? 0
      const kind = told & 3
      if (label !== undefined && classes[ordinal] !== wanted) return false
      if (seen !== undefined && seen !== ((told & seenBit) !== 0)) return false
      if (outcome === 'right') return kind === 1
      if (outcome === 'wrong') return kind === 2 || kind === 3
      return outcome === undefined || kind === 3
    }
  }
}

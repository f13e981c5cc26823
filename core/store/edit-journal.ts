import type { SampleEdit } from '../contract/index.ts'
import type { Reserve } from './reserve.ts'
import { durably, type Store } from './sqlite.ts'

export interface JournalEntry {
  sequence: number
  at: number
  edit: SampleEdit
}

interface EditRow {
  sequence: number
  at: number
  payload: string
  undone: 0 | 1
}

/** The edits of versions as they stand on the disk: each change of the journal is there when its method returns. */
export class EditJournal {
  private readonly store: Store
  private readonly reserve: Reserve

  constructor(store: Store, reserve: Reserve) {
    this.store = store
    this.reserve = reserve
  }

  /** In order: what counts, then what was undone (its first comes first when it is done again). */
  read(versionId: number): { done: JournalEntry[]; undone: JournalEntry[] } {
    const rows = this.store
      .prepare<[number], EditRow>(
        'SELECT sequence, at, payload, undone FROM edit WHERE version_id = ? ORDER BY sequence',
      )
      .all(versionId)
    const entries = (undone: 0 | 1): JournalEntry[] =>
      rows
        .filter((row) => row.undone === undone)
        .map(({ sequence, at, payload }) => ({ sequence, at, edit: JSON.parse(payload) as SampleEdit }))
    return { done: entries(0), undone: entries(1) }
  }

  /** Adds an edit; what was undone is gone. */
  add(versionId: number, edit: SampleEdit): JournalEntry {
    const at = Date.now()
    return durably(this.store, () => {
      this.store.prepare('DELETE FROM edit WHERE version_id = ? AND undone = 1').run(versionId)
      const last = this.store
        .prepare<[number], number | null>('SELECT max(sequence) FROM edit WHERE version_id = ?')
        .pluck()
        .get(versionId)
      const sequence = (last ?? 0) + 1
      this.store
        .prepare('INSERT INTO edit (version_id, sequence, at, kind, payload) VALUES (?, ?, ?, ?, ?)')
        .run(versionId, sequence, at, edit.kind, JSON.stringify(edit))
      return { sequence, at, edit }
    })
  }

  mark(versionId: number, sequence: number, undone: boolean): void {
    durably(this.store, () =>
      this.store
        .prepare('UPDATE edit SET undone = ? WHERE version_id = ? AND sequence = ?')
        .run(undone ? 1 : 0, versionId, sequence),
    )
  }

  /** Forgets the edits up to `sequence`, and all undone ones. For use within a transaction, too. */
  forget(versionId: number, sequence: number): void {
    this.reserve.use(() =>
      this.store
        .prepare('DELETE FROM edit WHERE version_id = ? AND (sequence <= ? OR undone = 1)')
        .run(versionId, sequence),
    )
  }
}

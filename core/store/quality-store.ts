import type { FindingKind, FindingSeverity, QualityFacts, QualityRule } from '../contract/index.ts'
import type { DraftMember, FindingDraft } from '../domain/finding-draft.ts'
import type { ColourMode, PictureMeasure } from '../domain/picture-measure.ts'
import type { DatasetStore } from './dataset-store.ts'
import type { Store } from './sqlite.ts'

const rowsAtOnce = 5_000

interface MeasureRow {
  hash: string
  brightness: number
  contrast: number
  low: number
  high: number
  mode: ColourMode
  dct_a: number
  dct_b: number
  gradient_a: number
  gradient_b: number
}

export interface StoredFinding {
  id: number
  kind: FindingKind
  severity: FindingSeverity
  title: string
  detail: string
  groupCount: number
  sampleCount: number
}

export interface QualityCheck {
  checkedAt: number | null
  facts: QualityFacts | null
  labelErrorsAt: number | null
}

/** What is known of the quality of versions, and the rules that datasets have to keep. */
export class QualityStore {
  private readonly store: Store
  private readonly datasets: DatasetStore

  constructor(store: Store, datasets: DatasetStore) {
    this.store = store
    this.datasets = datasets
  }

  /** What is known of the contents of samples `offset` to `offset + limit`, by hash. */
  measures(versionUid: string, offset: number, limit: number): Map<string, PictureMeasure> {
    const rows = this.store
      .prepare<[number, number, number], MeasureRow>(
        `SELECT b.hash, q.* FROM sample s JOIN picture_measure q ON q.blob_id = s.blob_id JOIN blob b ON b.id = s.blob_id
         WHERE s.version_id = ? AND s.ordinal >= ? AND s.ordinal < ?`,
      )
      .all(this.datasets.rowId(versionUid), offset, offset + limit)
    return new Map(
      rows.map(({ hash, brightness, contrast, low, high, mode, ...words }) => [
        hash,
        {
          brightness,
          contrast,
          low,
          high,
          mode,
          dct: [words.dct_a, words.dct_b],
          gradient: [words.gradient_a, words.gradient_b],
        },
      ]),
    )
  }

  /** Content that was collected meanwhile is passed over. */
  addMeasures(measures: readonly [string, PictureMeasure][]): void {
    const insert = this.store.prepare(
      `INSERT OR REPLACE INTO picture_measure (blob_id, brightness, contrast, low, high, mode, dct_a, dct_b, gradient_a, gradient_b)
       SELECT id, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM blob WHERE hash = ?`,
    )
    this.store.transaction(() => {
      for (const [hash, { brightness, contrast, low, high, mode, dct, gradient }] of measures)
        insert.run(brightness, contrast, low, high, mode, ...dct, ...gradient, hash)
    })()
  }

  /** Writes findings in pieces, so that other requests come in between; they are seen once `finish` has run. */
  private async write(
    versionId: number,
    findings: readonly FindingDraft[],
    finish: () => void,
  ): Promise<void> {
    const insertFinding = this.store.prepare(
      'INSERT INTO finding (version_id, kind, severity, title, detail, group_count, sample_count) VALUES (?, ?, ?, ?, ?, ?, ?)',
    )
    const insertMember = this.store.prepare(
      'INSERT INTO finding_member (finding_id, position, ordinal, group_number, reason, suggestion) VALUES (?, ?, ?, ?, ?, ?)',
    )
    const ids: number[] = []
    try {
      for (const { kind, severity, title, detail, groupCount, members } of findings) {
        const id = Number(
          insertFinding.run(versionId, kind, severity, title, detail, groupCount, members.length)
            .lastInsertRowid,
        )
        ids.push(id)
        for (let start = 0; start < members.length; start += rowsAtOnce) {
          this.store.transaction(() => {
            for (const [index, member] of members.slice(start, start + rowsAtOnce).entries())
              insertMember.run(
                id,
                start + index,
                member.ordinal,
                member.group,
                member.reason,
                member.suggestion,
              )
          })()
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
      this.store.transaction(() => {
        finish()
        for (const id of ids) this.store.prepare('UPDATE finding SET ready = 1 WHERE id = ?').run(id)
      })()
    } catch (cause) {
      for (const id of ids) this.store.prepare('DELETE FROM finding WHERE id = ?').run(id)
      throw cause
    }
  }

  /** Replaces what the last check of the version found. Probable label errors stay: they have a check of their own. */
  async saveCheck(versionUid: string, findings: readonly FindingDraft[], facts: QualityFacts): Promise<void> {
    const versionId = this.datasets.rowId(versionUid)
    await this.write(versionId, findings, () => {
      this.store
        .prepare("DELETE FROM finding WHERE version_id = ? AND ready = 1 AND kind <> 'label-errors'")
        .run(versionId)
      this.store
        .prepare(
          `INSERT INTO quality_check (version_id, checked_at, facts) VALUES (@versionId, @at, @facts)
           ON CONFLICT (version_id) DO UPDATE SET checked_at = @at, facts = @facts`,
        )
        .run({ versionId, at: Date.now(), facts: JSON.stringify(facts) })
    })
  }

  async saveLabelErrors(versionUid: string, findings: readonly FindingDraft[]): Promise<void> {
    const versionId = this.datasets.rowId(versionUid)
    await this.write(versionId, findings, () => {
      this.store
        .prepare("DELETE FROM finding WHERE version_id = ? AND ready = 1 AND kind = 'label-errors'")
        .run(versionId)
      this.store
        .prepare(
          `INSERT INTO quality_check (version_id, label_errors_at) VALUES (@versionId, @at)
           ON CONFLICT (version_id) DO UPDATE SET label_errors_at = @at`,
        )
        .run({ versionId, at: Date.now() })
    })
  }

  check(versionUid: string): QualityCheck {
    const row = this.store
      .prepare<[number], { checked_at: number | null; facts: string | null; label_errors_at: number | null }>(
        'SELECT checked_at, facts, label_errors_at FROM quality_check WHERE version_id = ?',
      )
      .get(this.datasets.rowId(versionUid))
    return {
      checkedAt: row?.checked_at ?? null,
      facts: row?.facts ? (JSON.parse(row.facts) as QualityFacts) : null,
      labelErrorsAt: row?.label_errors_at ?? null,
    }
  }

  /** Worst first, then in the order they were found. */
  findings(versionUid: string): StoredFinding[] {
    return this.store
      .prepare<[number], StoredFinding>(
        `SELECT id, kind, severity, title, detail, group_count AS groupCount, sample_count AS sampleCount FROM finding
         WHERE version_id = ? AND ready = 1
         ORDER BY CASE severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, id`,
      )
      .all(this.datasets.rowId(versionUid))
  }

  members(findingId: number, offset: number, limit: number): DraftMember[] {
    return this.store
      .prepare<[number, number, number], DraftMember>(
        `SELECT ordinal, group_number AS "group", reason, suggestion FROM finding_member
         WHERE finding_id = ? AND position >= ? ORDER BY position LIMIT ?`,
      )
      .all(findingId, offset, limit)
  }

  rules(datasetId: string): QualityRule[] {
    const row = this.store
      .prepare<[string], { rules: string }>('SELECT rules FROM dataset_rules WHERE dataset_id = ?')
      .get(datasetId)
    return row ? (JSON.parse(row.rules) as QualityRule[]) : []
  }

  setRules(datasetId: string, rules: readonly QualityRule[]): void {
    this.store
      .prepare('INSERT OR REPLACE INTO dataset_rules (dataset_id, rules) VALUES (?, ?)')
      .run(datasetId, JSON.stringify(rules))
  }
}

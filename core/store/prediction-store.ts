import { randomUUID } from 'node:crypto'
import {
  type DatasetPrediction,
  GlyphlabError,
  type ModelSource,
  type PredictionOutcome,
  type SamplePrediction,
} from '../contract/index.ts'
import type { DatasetStore } from './dataset-store.ts'
import { float32Of, packedNumbers, uint16Of } from './packed-numbers.ts'
import { seenBit } from './sample-memberships.ts'
import type { Store } from './sqlite.ts'

interface PredictionRow {
  uid: string
  version_uid: string
  source: string
  title: string
  digest: string
  labels: string
  counts: string
  created_at: number
}

interface Answers {
  classes: Buffer
  confidences: Buffer
  outcomes: Buffer
}

type Counts = Pick<DatasetPrediction, 'right' | 'wrong' | 'confidentWrong' | 'seen'>

const outcomeWords: readonly (PredictionOutcome | null)[] = [null, 'right', 'wrong', 'confident-wrong']

/** What models say of the samples of versions. */
export class PredictionStore {
  private readonly store: Store
  private readonly datasets: DatasetStore

  constructor(store: Store, datasets: DatasetStore) {
    this.store = store
    this.datasets = datasets
  }

  /** Replaces older answers of the same model. @returns the id */
  add(
    prediction: Pick<DatasetPrediction, 'versionId' | 'source' | 'title' | 'digest' | 'labels'> & Counts,
    answers: { classes: Uint16Array; confidences: Float32Array; outcomes: Uint8Array },
  ): string {
    const { versionId, source, title, digest, labels, right, wrong, confidentWrong, seen } = prediction
    const id = randomUUID()
    const row = this.datasets.rowId(versionId)
    const counts: Counts = { right, wrong, confidentWrong, seen }
    this.store.transaction(() => {
      this.store
        .prepare('DELETE FROM dataset_prediction WHERE version_id = ? AND digest = ? AND source = ?')
        .run(row, digest, JSON.stringify(source))
      this.store
        .prepare(
          `INSERT INTO dataset_prediction (uid, version_id, source, title, digest, labels, counts, created_at, classes, confidences, outcomes)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          id,
          row,
          JSON.stringify(source),
          title,
          digest,
          JSON.stringify(labels),
          JSON.stringify(counts),
          Date.now(),
          packedNumbers(answers.classes),
          packedNumbers(answers.confidences),
          packedNumbers(answers.outcomes),
        )
    })()
    return id
  }

  /** The newest first. @throws GlyphlabError NOT_FOUND */
  list(versionUid: string): DatasetPrediction[] {
    return this.store
      .prepare<[number], PredictionRow>(
        `SELECT p.uid, v.uid AS version_uid, p.source, p.title, p.digest, p.labels, p.counts, p.created_at
         FROM dataset_prediction p JOIN dataset_version v ON v.id = p.version_id WHERE v.id = ? ORDER BY p.id DESC`,
      )
      .all(this.datasets.rowId(versionUid))
      .map((row) => ({
        id: row.uid,
        versionId: row.version_uid,
        source: JSON.parse(row.source) as ModelSource,
        title: row.title,
        digest: row.digest,
        labels: JSON.parse(row.labels) as string[],
        ...(JSON.parse(row.counts) as Counts),
        createdAt: row.created_at,
      }))
  }

  /** @throws GlyphlabError NOT_FOUND */
  answers(predictionId: string): Answers {
    const row = this.store
      .prepare<[string], Answers>(
        'SELECT classes, confidences, outcomes FROM dataset_prediction WHERE uid = ?',
      )
      .get(predictionId)
    if (row) return row
    throw new GlyphlabError('NOT_FOUND', `There are no answers ${predictionId}. Ask the model again.`)
  }

  /** What each model says of one sample, the newest first. */
  of(versionUid: string, ordinal: number): SamplePrediction[] {
    return this.list(versionUid).flatMap(({ id, title, labels, seen }) => {
      const { classes, confidences, outcomes } = this.answers(id)
      const outcome = outcomes[ordinal]
      if (outcome === undefined) return []
      return {
        predictionId: id,
        title,
        label: labels[uint16Of(classes)[ordinal] ?? 0] ?? '',
        confidence: float32Of(confidences)[ordinal] ?? 0,
        outcome: outcomeWords[outcome & 3] ?? null,
        seen: seen === null ? null : (outcome & seenBit) !== 0,
      }
    })
  }

  /** Forgets the answers; returns the dataset that they belonged to. @throws GlyphlabError NOT_FOUND */
  delete(predictionId: string): string {
    const row = this.store
      .prepare<[string], { dataset_id: string }>(
        'SELECT v.dataset_id FROM dataset_prediction p JOIN dataset_version v ON v.id = p.version_id WHERE p.uid = ?',
      )
      .get(predictionId)
    if (!row) throw new GlyphlabError('NOT_FOUND', `There are no answers ${predictionId}.`)
    this.store.prepare('DELETE FROM dataset_prediction WHERE uid = ?').run(predictionId)
    return row.dataset_id
  }
}

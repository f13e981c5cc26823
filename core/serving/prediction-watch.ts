import { randomUUID } from 'node:crypto'
import { GlyphlabError, type OcrReading } from '../contract/index.ts'
import type { Classification } from '../domain/bundle.ts'
import type { PredictionRecord } from '../domain/prediction-record.ts'
import { type InputStatistics, inputStatistics } from '../imaging/input-statistics.ts'
import type { DriftWatch } from './drift-watch.ts'
import type { PredictionLog } from './prediction-log.ts'
import type { Picture } from './request-picture.ts'
import type { ServedModel } from './served-model.ts'
import { TokenBucket } from './token-bucket.ts'

/** An answer, as far as it is logged and compared with training. */
export type PredictedValue = Classification | Pick<OcrReading, 'text' | 'confidence'>

/** A prediction as it ended. */
export interface Predicted {
  model: ServedModel
  outcome: PredictionRecord['outcome']
  /** Answers, one a picture of a tensor; none when it failed. */
  values: readonly PredictedValue[]
  cause: unknown
  cached: boolean
  latencyMs: number
  requestId: string
  key: string | null
  /** Null for a tensor. */
  picture: { content: Picture; sha256: string } | null
}

export interface PredictionWatch {
  predicted(prediction: Predicted): void
}

/** Pictures measured at the same time; more go unmeasured, so that watching never holds up answering. */
const measuredAtOnce = 4
const mostProbabilities = 5

/** Tells the log and the drift watch of each prediction, a moment after it was answered. */
export function createPredictionWatch(log: PredictionLog | null, drift: DriftWatch | null): PredictionWatch {
  const driftBudget = new TokenBucket(20, 1_000)
  let measuring = 0

  async function measure({ content }: { content: Picture }): Promise<InputStatistics | null> {
    if (measuring >= measuredAtOnce) return null
    measuring += 1
    try {
      return await inputStatistics(content.bytes, content.name)
    } catch {
      // A picture that can't be read has no statistics; its refusal says why.
      return null
    } finally {
      measuring -= 1
    }
  }

  async function tell(prediction: Predicted): Promise<void> {
    const { model, picture, outcome, values } = prediction
    const logged = log?.sampled() ?? false
    const version = String(model.version)
    const watched = outcome === 'success' && (drift?.watches(version) ?? false) && driftBudget.take() === 0
    if (!logged && !watched) return
    const statistics = picture ? await measure(picture) : null
    const records = recordsOf(prediction, statistics)
    if (watched && values.length > 0) {
      for (const { confidence } of records) drift?.observe(version, { ...statistics, confidence })
    }
    if (logged) for (const record of records) log?.append(record, picture?.content.bytes ?? null)
  }

  return {
    predicted(prediction) {
      const told = tell(prediction)
      log?.waitFor(told)
    },
  }
}

function recordsOf(
  { model, outcome, values, cause, cached, latencyMs, requestId, key, picture }: Predicted,
  statistics: InputStatistics | null,
): PredictionRecord[] {
  const unmeasured = { width: null, height: null, brightness: null, contrast: null }
  const common = {
    time: new Date().toISOString(),
    request_id: requestId,
    model: model.name,
    version: String(model.version),
    outcome,
    error: cause === undefined ? null : cause instanceof GlyphlabError ? cause.code : 'INTERNAL',
    latency_ms: Math.round(latencyMs * 100) / 100,
    cached,
    key,
    input: picture && {
      sha256: picture.sha256,
      bytes: picture.content.bytes.length,
      ...(statistics ? rounded(statistics) : unmeasured),
    },
  }
  const answers = values.length > 0 ? values : [null]
  return answers.map((value) => ({ id: randomUUID(), ...common, ...answerOf(model, value) }))
}

const rounded = ({ width, height, brightness, contrast }: InputStatistics): InputStatistics => ({
  width,
  height,
  brightness: Math.round(brightness * 100) / 100,
  contrast: Math.round(contrast * 100) / 100,
})

function answerOf(
  model: ServedModel,
  value: PredictedValue | null,
): Pick<PredictionRecord, 'label' | 'text_length' | 'confidence' | 'probabilities'> {
  if (value === null) return { label: null, text_length: null, confidence: null, probabilities: [] }
  if ('text' in value) {
    return { label: null, text_length: value.text.length, confidence: value.confidence, probabilities: [] }
  }
  const labels = 'labels' in model ? model.labels : []
  const probabilities = labels
    .map((label, i) => ({ label, probability: value.probabilities[i] ?? 0 }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, mostProbabilities)
  return {
    label: value.label,
    text_length: null,
    confidence: probabilities[0]?.probability ?? null,
    probabilities,
  }
}

import { addProcessMetrics, createMetrics, durationBounds, type Metrics } from './metrics.ts'
import type { ServedModel } from './served-model.ts'

export interface Measures {
  metrics: Metrics
  requested(method: string, status: number): void
  /** `outcome`: success, refused, failure or cancelled. */
  predicted(model: ServedModel, outcome: string, seconds: number): void
  /** One call of a model with so many pictures. */
  ran(model: ServedModel, pictures: number): void
  shadowed(model: ServedModel, outcome: 'agrees' | 'differs' | 'failure'): void
}

const batchBounds = [1, 2, 4, 8, 16, 32, 64]

/** The counters of a server, with a series of 0 for each version from the start. */
export function createMeasures(models: Iterable<ServedModel>): Measures {
  const metrics = createMetrics()
  addProcessMetrics(metrics)
  const ocrPredictions = metrics.counter('ocr_predictions_total', 'Pictures read by OCR, by outcome.')
  const ocrDuration = metrics.histogram(
    'ocr_prediction_duration_seconds',
    'Time from request to reading, in seconds.',
    durationBounds,
  )
  const predictions = metrics.counter(
    'glyphlab_predictions_total',
    'Pictures answered, by model and outcome.',
  )
  const duration = metrics.histogram(
    'glyphlab_prediction_duration_seconds',
    'Time from request to answer, in seconds.',
    durationBounds,
  )
  const batches = metrics.histogram(
    'glyphlab_batch_pictures',
    'Pictures answered in one call of the model.',
    batchBounds,
  )
  const requests = metrics.counter('glyphlab_http_requests_total', 'HTTP requests, by method and status.')
  const shadows = metrics.counter(
    'glyphlab_shadow_comparisons_total',
    'Answers of the shadow version beside those that were sent.',
  )
  const identity = ({ name, version }: ServedModel) => ({ model: name, version: String(version) })
  for (const model of models) {
    for (const outcome of ['success', 'refused', 'failure']) {
      predictions.add({ ...identity(model), outcome }, 0)
      if (model.kind === 'ocr') ocrPredictions.add({ outcome }, 0)
    }
  }
  return {
    metrics,
    requested: (method, status) => requests.add({ method, status: String(status) }),
    predicted(model, outcome, seconds) {
      predictions.add({ ...identity(model), outcome })
      duration.observe(seconds, identity(model))
      if (model.kind !== 'ocr') return
      ocrPredictions.add({ outcome })
      ocrDuration.observe(seconds)
    },
    ran: (model, pictures) => batches.observe(pictures, identity(model)),
    shadowed: (model, outcome) => shadows.add({ ...identity(model), outcome }),
  }
}

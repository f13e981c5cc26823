import { createHash } from 'node:crypto'
import { GlyphlabError, type OcrReading, type RowPrediction } from '../contract/index.ts'
import { type Classification, predictionPath } from '../domain/bundle.ts'
import type { AnswerCache } from './answer-cache.ts'
import type { Batches } from './batching.ts'
import { classificationOf, classifyPicture } from './classification.ts'
import type { Measures } from './measures.ts'
import type { Predicted, PredictedValue, PredictionWatch } from './prediction-watch.ts'
import type { Readiness } from './readiness.ts'
import { Refusal, statusOf } from './refusal.ts'
import { type Picture, refuseHugePicture } from './request-picture.ts'
import type {
  ServedClassifier,
  ServedModel,
  ServedOcr,
  ServedRecogniser,
  ServedTable,
} from './served-model.ts'
import type { AskedRow } from './table-model.ts'
import type { Traffic } from './traffic.ts'
import type { Places, WorkQueue } from './work-queue.ts'

/** Who asks, as far as it matters for which version answers. */
export interface Asker {
  sticky: string | null
  /** Asked for by name; null: as the traffic policy says. */
  version: string | null
  /** Aborted when the client has gone. */
  signal: AbortSignal
  requestId: string
  /** The API key's public part. */
  key: string | null
}

export interface Answered<M extends ServedModel, T> {
  model: M
  value: T
  cached: boolean
}

export interface Predictor {
  /** @throws Refusal 413, 429, 503; GlyphlabError UNREADABLE_FILE, TIMED_OUT, DAMAGED, NOT_FOUND */
  classify(picture: Picture, asker: Asker): Promise<Answered<ServedClassifier, Classification>>
  read(picture: Picture, asker: Asker): Promise<Answered<ServedOcr, OcrReading>>
  /** The text of a picture of one line. */
  readLine(picture: Picture, asker: Asker): Promise<Answered<ServedRecogniser, string>>
  predictRows(rows: readonly AskedRow[], asker: Asker): Promise<Answered<ServedTable, RowPrediction[]>>
  /** @param values `[pictures, height, width, channels]`, as the model takes them */
  infer(
    valuesFor: (model: ServedClassifier) => Float32Array,
    asker: Asker,
  ): Promise<Answered<ServedClassifier, Classification[]>>
}

interface PredictorParts {
  traffic: Traffic
  readiness: Readiness
  queue: WorkQueue
  cache: AnswerCache
  measures: Measures
  batches: Batches
  /** Pictures that are decoded at the same time: each takes memory by its pixels. */
  decoding: Places
  watch: PredictionWatch | null
  maxPixels: number
}

interface Work<M extends ServedModel, T> {
  run(model: M): Promise<T>
  same(a: T, b: T): boolean
  /** Null for a tensor, whose answer is not cached. */
  picture: { content: Picture; sha256: string } | null
  /** The answers in a value, one a picture. */
  answers(value: T): PredictedValue[]
}

/**
 * Answers requests: chooses the version, takes known answers from the cache, waits for a turn, counts what became of it.
 * What another version than the primary fails at, the primary answers, so that a bad canary costs no request.
 */
export function createPredictor(parts: PredictorParts): Predictor {
  const { traffic, readiness, queue, cache, measures, batches, decoding, watch, maxPixels } = parts

  async function attempt<M extends ServedModel, T>(
    model: M,
    work: Work<M, T>,
    asker: Asker,
  ): Promise<Answered<M, T>> {
    const started = performance.now()
    const key = work.picture === null ? null : `${model.digest} ${work.picture.sha256}`
    const known = key === null ? undefined : (cache.get(key) as T | undefined)
    let outcome: Predicted['outcome'] = 'refused'
    let failure: unknown
    let answers: Predicted['values'] = []
    try {
      const value = known ?? (await queue.run(() => work.run(model), asker.signal))
      if (key !== null && known === undefined) cache.set(key, value, JSON.stringify(value).length * 2)
      outcome = 'success'
      answers = work.answers(value)
      if (model === (traffic.primary as ServedModel)) readiness.answered()
      traffic.answered(model, false, performance.now() - started)
      return { model, value, cached: known !== undefined }
    } catch (cause) {
      failure = cause
      if (cause instanceof GlyphlabError && cause.code === 'CANCELLED') outcome = 'cancelled'
      else if (isOwnFailure(cause)) {
        outcome = 'failure'
        if (model === (traffic.primary as ServedModel)) readiness.failed()
        traffic.answered(model, true, performance.now() - started)
      }
      throw cause
    } finally {
      const latencyMs = performance.now() - started
      measures.predicted(model, outcome, latencyMs / 1000)
      const { requestId, key: caller } = asker
      watch?.predicted({
        model,
        outcome,
        values: answers,
        cause: failure,
        cached: known !== undefined,
        latencyMs,
        requestId,
        key: caller,
        picture: work.picture,
      })
    }
  }

  /** Asks the shadow too, when nobody waits for it; the client never hears of it. */
  function compare<M extends ServedModel, T>(answer: Answered<M, T>, work: Work<M, T>): void {
    const { shadow } = traffic
    if (!shadow || shadow === answer.model || answer.cached || queue.waiting > 0) return
    queue
      .run(() => work.run(shadow as M), new AbortController().signal)
      .then((value) => measures.shadowed(shadow, work.same(value, answer.value) ? 'agrees' : 'differs'))
      .catch(() => measures.shadowed(shadow, 'failure'))
  }

  async function answer<M extends ServedModel, T>(
    asker: Asker,
    kinds: readonly M['kind'][],
    work: Work<M, T>,
  ): Promise<Answered<M, T>> {
    if (readiness.state === 'starting') {
      const message = 'The server is checking itself and will be ready in a moment.'
      throw new Refusal(503, 'UNAVAILABLE', message, { 'Retry-After': '1' })
    }
    const chosen = asker.version === null ? traffic.choose(asker.sticky) : traffic.named(asker.version)
    if (!kinds.some((kind) => kind === chosen.kind)) throw wrongKind(chosen)
    try {
      const answered = await attempt(chosen as M, work, asker)
      compare(answered, work)
      return answered
    } catch (cause) {
      const { primary } = traffic
      if (!isOwnFailure(cause) || asker.version !== null || chosen === primary) throw cause
      return attempt(primary as M, work, asker)
    }
  }

  /** A picture that can't be answered is counted as well, before a version was chosen. */
  async function inspected(
    picture: Picture,
    { requestId, key }: Asker,
  ): Promise<Work<never, never>['picture']> {
    const sha256 = createHash('sha256').update(picture.bytes).digest('hex')
    const named = { content: picture, sha256 }
    try {
      await refuseHugePicture(picture, maxPixels)
    } catch (cause) {
      const { primary: model } = traffic
      measures.predicted(model, 'refused', 0)
      const nothing = { values: [], cached: false, latencyMs: 0 }
      watch?.predicted({ model, outcome: 'refused', cause, requestId, key, picture: named, ...nothing })
      throw cause
    }
    return named
  }

  return {
    async classify(picture, asker) {
      return answer<ServedClassifier, Classification>(asker, ['image-classifier'], {
        picture: await inspected(picture, asker),
        answers: (value) => [value],
        run: (model) =>
          classifyPicture(model, picture.bytes, picture.name, {
            pixels: (bytes, name) => decoding.run(() => model.pixels(bytes, name)),
            infer: (values) => batches.infer(model, values),
          }),
        same: (a, b) => a.label === b.label,
      })
    },
    async read(picture, asker) {
      return answer<ServedOcr, OcrReading>(asker, ['ocr'], {
        picture: await inspected(picture, asker),
        answers: (value) => [value],
        run: (model) => model.read(picture.bytes, picture.name),
        same: (a, b) => a.text === b.text,
      })
    },
    async readLine(picture, asker) {
      return answer<ServedRecogniser, string>(asker, ['line-recogniser'], {
        picture: await inspected(picture, asker),
        answers: (text) => [{ text, confidence: null }],
        run: (model) => decoding.run(() => model.read(picture.bytes, picture.name)),
        same: (a, b) => a === b,
      })
    },
    predictRows(rows, asker) {
      return answer<ServedTable, RowPrediction[]>(asker, ['table-classifier', 'table-regressor'], {
        picture: null,
        answers: (predictions) => predictions.flatMap(asClassification),
        run: (model) => model.predict(rows),
        same: (a, b) => a.every(({ label }, i) => label === b[i]?.label),
      })
    },
    infer(valuesFor, asker) {
      return answer<ServedClassifier, Classification[]>(asker, ['image-classifier'], {
        picture: null,
        answers: (values) => values,
        async run(model) {
          const all = Array.from(await batches.infer(model, valuesFor(model)))
          const { labels, name } = model
          return Array.from({ length: all.length / labels.length }, (_, i) =>
            classificationOf(
              labels,
              all.slice(i * labels.length, (i + 1) * labels.length),
              name,
              'the tensor',
            ),
          )
        },
        same: (a, b) => a.every(({ label }, i) => label === b[i]?.label),
      })
    },
  }
}

/** Neither a refusal nor the client's bad picture. */
function isOwnFailure(cause: unknown): boolean {
  if (cause instanceof Refusal) return false
  if (!(cause instanceof GlyphlabError)) return true
  return cause.code !== 'CANCELLED' && statusOf(cause) >= 500
}

/** As the log and the drift watch take an answer; nothing for a number. */
const asClassification = ({ label, probabilities }: RowPrediction): Classification[] =>
  label === null ? [] : [{ label, probabilities: probabilities.map(({ probability }) => probability) }]

function wrongKind(model: ServedModel): GlyphlabError {
  return new GlyphlabError(
    'NOT_FOUND',
    `${model.name} does not answer this. Use ${predictionPath(model.kind)}.`,
  )
}

import { z } from 'zod'
import { errorCode, GlyphlabError, ocrReading, rowPrediction } from '../../contract/index.ts'
import { predictionPath } from '../../domain/bundle.ts'
import { note, type ServerContext } from '../http-context.ts'
import { requestExamples } from '../input-example.ts'
import type { Predictor } from '../predictor.ts'
import { type Picture, parseJson, pictureJson, picturesFrom } from '../request-picture.ts'
import { rowsFrom, rowsJson } from '../request-rows.ts'
import type { ServedModel } from '../served-model.ts'
import type { Asking } from './asking.ts'
import type { Route } from './route.ts'

const identified = { model: z.string(), version: z.union([z.number(), z.string()]), digest: z.string() }
const failed = z.object({ error: z.object({ code: errorCode, message: z.string() }) })
const classified = z.object({
  ...identified,
  label: z.string(),
  probabilities: z.array(z.object({ label: z.string(), probability: z.number() })),
})
const line = z.object({ ...identified, text: z.string() })
const predictedRows = z.object({ ...identified, predictions: z.array(rowPrediction), request_id: z.string() })
const several = (one: z.ZodType) =>
  z.object({ predictions: z.array(z.union([one, failed])), request_id: z.string() })
const requestId = { request_id: z.string() }

const pictureBodies = {
  'multipart/form-data': z.object({ image: z.string().meta({ format: 'binary' }) }),
  'application/json': pictureJson,
  'image/*': 'binary',
} as const

/**
 * Where predictions are asked for: `POST /v1/predict` of a classifier, `/v1/read` of a line recogniser, `/v1/ocr`: one picture,
 * or several, each with its own answer or error; `/v1/predict` with rows for a model of tables.
 */
export function predictRoutes(
  model: Pick<ServedModel, 'kind' | 'example'>,
  predictor: Predictor,
  asking: Asking,
): Route[] {
  const examples = requestExamples(model.example)
  return routesOf(model.kind, predictor, asking).map((route) => ({ ...route, examples }))
}

function routesOf(kind: ServedModel['kind'], predictor: Predictor, asking: Asking): Route[] {
  switch (kind) {
    case 'table-classifier':
    case 'table-regressor':
      return [rowsRoute(predictor, asking)]
    case 'ocr':
      return [
        picturesRoute(kind, 'Read the text of pictures.', ocrReading, readOne(predictor, asking), asking),
      ]
    case 'line-recogniser': {
      const summary = 'Read the text of pictures of one line each.'
      return [picturesRoute(kind, summary, line, readLineOne(predictor, asking), asking)]
    }
    case 'image-classifier':
      return [picturesRoute(kind, 'Classify pictures.', classified, classifyOne(predictor, asking), asking)]
  }
}

function picturesRoute(
  kind: ServedModel['kind'],
  summary: string,
  answer: z.ZodObject,
  each: AnswerOne,
  asking: Asking,
): Route {
  return {
    method: 'post',
    path: predictionPath(kind),
    scope: 'predict',
    summary,
    takes: pictureBodies,
    gives: z.union([answer.extend(requestId), several(answer)]),
    handle: picturesHandler(each, asking),
  }
}

function rowsRoute(predictor: Predictor, asking: Asking): Route {
  return {
    method: 'post',
    path: predictionPath('table-classifier'),
    scope: 'predict',
    summary: 'Predict for the rows of a table.',
    takes: { 'application/json': rowsJson },
    gives: predictedRows,
    handle: (context) =>
      asking.body(context, async (body) => {
        const rows = rowsFrom(parseJson(body))
        const { value, model } = await predictor.predictRows(rows, asking.asker(context))
        const { name, version, digest } = model
        note(context, { model: name, version, rows: rows.length })
        const request_id = context.get('requestId')
        return context.json({ model: name, version, digest, predictions: value, request_id })
      }),
  }
}

type AnswerOne = (context: ServerContext, picture: Picture) => Promise<object>

function picturesHandler(each: AnswerOne, asking: Asking): Route['handle'] {
  return (context) =>
    asking.body(context, async (body) => {
      const type = context.req.header('content-type') ?? ''
      const found = await picturesFrom(body, type, asking.limits.pictures, (url) =>
        asking.pictureAt(context, url),
      )
      const request_id = context.get('requestId')
      const [first] = found.pictures
      if (!found.several && first) {
        note(context, { file: first.name })
        return context.json({ ...(await each(context, first)), request_id })
      }
      note(context, { pictures: found.pictures.length })
      const predictions = []
      for (const picture of found.pictures) predictions.push(await orError(each(context, picture)))
      return context.json({ predictions, request_id })
    })
}

const readOne =
  (predictor: Predictor, asking: Asking) => async (context: ServerContext, picture: Picture) => {
    const { value, model, cached } = await predictor.read(picture, asking.asker(context))
    note(context, { model: model.name, version: model.version, cached })
    return value
  }

const readLineOne =
  (predictor: Predictor, asking: Asking) => async (context: ServerContext, picture: Picture) => {
    const { value: text, model, cached } = await predictor.readLine(picture, asking.asker(context))
    const { name, version, digest } = model
    note(context, { model: name, version, cached })
    return { model: name, version, digest, text }
  }

const classifyOne =
  (predictor: Predictor, asking: Asking) => async (context: ServerContext, picture: Picture) => {
    const { value, model, cached } = await predictor.classify(picture, asking.asker(context))
    const { name, version, digest, labels } = model
    note(context, { model: name, version, label: value.label, cached })
    return {
      model: name,
      version,
      digest,
      label: value.label,
      probabilities: labels.map((label, i) => ({ label, probability: value.probabilities[i] })),
    }
  }

/** One bad picture fails alone. */
async function orError(answer: Promise<object>): Promise<object> {
  try {
    return await answer
  } catch (cause) {
    if (!(cause instanceof GlyphlabError) || cause.code === 'CANCELLED') throw cause
    return { error: { code: cause.code, message: cause.message } }
  }
}

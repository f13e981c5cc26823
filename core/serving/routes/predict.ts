import { z } from 'zod'
import { errorCode, GlyphlabError, ocrReading } from '../../contract/index.ts'
import { note, type ServerContext } from '../http-context.ts'
import type { Predictor } from '../predictor.ts'
import { type Picture, pictureJson, picturesFrom } from '../request-picture.ts'
import type { ServedModel } from '../served-model.ts'
import type { Asking } from './asking.ts'
import type { Route } from './route.ts'

const failed = z.object({ error: z.object({ code: errorCode, message: z.string() }) })
const classified = z.object({
  model: z.string(),
  version: z.union([z.number(), z.string()]),
  digest: z.string(),
  label: z.string(),
  probabilities: z.array(z.object({ label: z.string(), probability: z.number() })),
})
const several = (one: z.ZodType) =>
  z.object({ predictions: z.array(z.union([one, failed])), request_id: z.string() })
const requestId = { request_id: z.string() }

const pictureBodies = {
  'multipart/form-data': z.object({ image: z.string().meta({ format: 'binary' }) }),
  'application/json': pictureJson,
  'image/*': 'binary',
} as const

/** `POST /v1/predict` of a classifier, or `/v1/ocr`: one picture, or several, each with its own answer or error. */
export function predictRoutes(kind: ServedModel['kind'], predictor: Predictor, asking: Asking): Route[] {
  const each = kind === 'ocr' ? readOne(predictor, asking) : classifyOne(predictor, asking)
  const handle = (context: ServerContext) =>
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
  return [
    kind === 'ocr'
      ? {
          method: 'post',
          path: '/v1/ocr',
          scope: 'predict',
          summary: 'Read the text of pictures.',
          takes: pictureBodies,
          gives: z.union([ocrReading.extend(requestId), several(ocrReading)]),
          handle,
        }
      : {
          method: 'post',
          path: '/v1/predict',
          scope: 'predict',
          summary: 'Classify pictures.',
          takes: pictureBodies,
          gives: z.union([classified.extend(requestId), several(classified)]),
          handle,
        },
  ]
}

const readOne =
  (predictor: Predictor, asking: Asking) => async (context: ServerContext, picture: Picture) => {
    const { value, model, cached } = await predictor.read(picture, asking.asker(context))
    note(context, { model: model.name, version: model.version, cached })
    return value
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

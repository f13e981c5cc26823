import { z } from 'zod'
import { GlyphlabError } from '../../contract/index.ts'
import { toVision } from '../../ocr/output/vision.ts'
import type { Asker, Predictor } from '../predictor.ts'
import { fromBase64, type Picture, parseJson } from '../request-picture.ts'
import type { ServedModel } from '../served-model.ts'
import type { Asking } from './asking.ts'
import type { Route } from './route.ts'

const annotateRequest = z.object({
  requests: z
    .array(
      z.object({
        image: z
          .object({
            content: z.string().optional(),
            source: z.object({ imageUri: z.string().optional() }).loose().optional(),
          })
          .loose(),
        features: z
          .array(z.object({ type: z.string(), maxResults: z.number().int().min(1).optional() }))
          .min(1),
      }),
    )
    .min(1),
})
type AnnotateItem = z.infer<typeof annotateRequest>['requests'][number]

const annotateResponse = z.object({ responses: z.array(z.record(z.string(), z.unknown())) })

/** `google.rpc.Code` */
const invalidArgument = 3
const unavailable = 14

/**
 * Google Vision's `images:annotate`: texts from the OCR engine, labels from a classifier.
 * https://cloud.google.com/vision/docs/reference/rest/v1/images/annotate
 */
export function googleVisionRoutes(kind: ServedModel['kind'], predictor: Predictor, asking: Asking): Route[] {
  const annotate = (item: AnnotateItem, asker: Asker, pictureAt: PictureAt) =>
    kind === 'ocr'
      ? annotateText(item, predictor, asker, pictureAt)
      : annotateLabels(item, predictor, asker, pictureAt)
  return [
    {
      method: 'post',
      path: '/v1/images:annotate',
      scope: 'predict',
      summary: "Google Vision's call for texts or labels.",
      takes: { 'application/json': annotateRequest },
      gives: annotateResponse,
      handle: (context) =>
        asking.body(context, async (body) => {
          const parsed = annotateRequest.safeParse(parseJson(body))
          if (!parsed.success) throw new GlyphlabError('INVALID_INPUT', z.prettifyError(parsed.error))
          if (parsed.data.requests.length > asking.limits.pictures) {
            const message = `There are more than ${asking.limits.pictures} requests. Send fewer at once.`
            throw new GlyphlabError('INVALID_INPUT', message)
          }
          const responses = []
          for (const item of parsed.data.requests) {
            const pictureAt = (url: string) => asking.pictureAt(context, url)
            responses.push(await annotate(item, asking.asker(context), pictureAt).catch(asStatus))
          }
          return context.json({ responses })
        }),
    },
  ]
}

function asStatus(cause: unknown): object {
  if (!(cause instanceof GlyphlabError)) throw cause
  const own = ['UNAVAILABLE', 'TIMED_OUT', 'DAMAGED', 'INTERNAL'].includes(cause.code)
  return { error: { code: own ? unavailable : invalidArgument, message: cause.message } }
}

type PictureAt = (url: string) => Promise<Picture>

async function pictureOf(
  { image, features }: AnnotateItem,
  known: readonly string[],
  pictureAt: PictureAt,
): Promise<Picture> {
  const foreign = features.find(({ type }) => !known.includes(type))
  if (foreign) {
    const message = `The feature ${foreign.type} is not known here. Ask for ${known.join(' or ')}.`
    throw new GlyphlabError('INVALID_INPUT', message)
  }
  if (image.content) return { bytes: fromBase64(image.content), name: 'image' }
  const uri = image.source?.imageUri
  if (uri !== undefined) return pictureAt(uri)
  throw new GlyphlabError('INVALID_INPUT', 'There is no image.content and no image.source.imageUri.')
}

async function annotateLabels(
  item: AnnotateItem,
  predictor: Predictor,
  asker: Asker,
  pictureAt: PictureAt,
): Promise<object> {
  const picture = await pictureOf(item, ['LABEL_DETECTION'], pictureAt)
  const { value, model } = await predictor.classify(picture, asker)
  const most = item.features[0]?.maxResults ?? 10
  return {
    labelAnnotations: model.labels
      .map((description, i) => ({ description, score: value.probabilities[i] ?? 0 }))
      .sort((a, b) => b.score - a.score)
      .slice(0, most),
  }
}

async function annotateText(
  item: AnnotateItem,
  predictor: Predictor,
  asker: Asker,
  pictureAt: PictureAt,
): Promise<object> {
  const picture = await pictureOf(item, ['TEXT_DETECTION', 'DOCUMENT_TEXT_DETECTION'], pictureAt)
  const { value } = await predictor.read(picture, asker)
  return toVision(value) ?? {}
}

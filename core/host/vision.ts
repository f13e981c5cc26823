import { randomUUID } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import { type ErrorCode, GlyphlabError } from '../contract/index.ts'
import type { EngineChoice } from '../ocr/ocr-message.ts'
import { toVision, type VisionText } from '../ocr/output/vision.ts'
import type { Services } from './services.ts'
import { usableModelFolder } from './usable-model.ts'

const textFeatures = ['TEXT_DETECTION', 'DOCUMENT_TEXT_DETECTION']
/** Google's own client sends enums as numbers (`enum-encoding=int`). */
const featureNames: Record<number, string> = { 5: 'TEXT_DETECTION', 11: 'DOCUMENT_TEXT_DETECTION' }
const featureType = z
  .union([z.string(), z.number().transform((type) => featureNames[type] ?? `Feature ${type}`)])
  .optional()
/** As there: 16 pictures and 10 MB of JSON each; a local client may send larger pictures. */
const mostPictures = 16
const mostBytes = 200 * 1024 ** 2

const annotateRequest = z.object({
  image: z.object({
    content: z.string().optional(),
    source: z.object({ imageUri: z.string().optional(), gcsImageUri: z.string().optional() }).optional(),
  }),
  features: z.array(z.object({ type: featureType })).optional(),
})
const batchRequest = z.object({ requests: z.array(annotateRequest) })
type AnnotateRequest = z.infer<typeof annotateRequest>

/** `google.rpc.Status`. */
interface Status {
  code: number
  message: string
}

/** `google.rpc.Code` by our codes. */
const codes: Partial<Record<ErrorCode, number>> = {
  INVALID_INPUT: 3,
  UNREADABLE_FILE: 3,
  UNSUPPORTED: 12,
  NOT_FOUND: 5,
  TIMED_OUT: 4,
  CANCELLED: 1,
  UNAVAILABLE: 14,
  FORBIDDEN: 7,
}
const internal = 13

const statusOf = (cause: unknown): Status =>
  cause instanceof GlyphlabError
    ? { code: codes[cause.code] ?? internal, message: cause.message }
    : { code: internal, message: 'Something unexpected happened.' }

/** The engine by its name, as `pages.read` takes it. @throws GlyphlabError */
export async function visionEngine(services: Services, id: string): Promise<EngineChoice> {
  if (id === 'tesseract' || id === 'ppocr') return { kind: id }
  const version = services.models.resolve(id)
  if (version.kind !== 'line-recogniser')
    throw new GlyphlabError('UNSUPPORTED', `${id} is no line recogniser: it can't read pages.`)
  return {
    kind: 'recogniser',
    id,
    modelDirectory: await usableModelFolder(services, version),
    lines: 'tesseract',
    inference: version.inference?.engine ?? null,
  }
}

function pictureOf({ image, features = [] }: AnnotateRequest): Buffer {
  const other = features.find(({ type }) => !textFeatures.includes(type ?? ''))
  if (features.length === 0 || other)
    throw new GlyphlabError(
      'UNSUPPORTED',
      `${other?.type ?? 'No feature'}: this server reads text. Ask for ${textFeatures.join(' or ')}.`,
    )
  const address = image.source?.imageUri ?? image.source?.gcsImageUri
  if (address !== undefined && image.content === undefined)
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${address}: this server fetches nothing. Send the picture itself as image.content (base64).`,
    )
  const bytes = Buffer.from(image.content ?? '', 'base64')
  if (bytes.length === 0) throw new GlyphlabError('INVALID_INPUT', 'No image present.')
  return bytes
}

async function annotate(
  { ocr, home }: Services,
  request: AnnotateRequest,
  engine: EngineChoice,
): Promise<Partial<VisionText> | { error: Status }> {
  const folder = path.join(home, 'work')
  const file = path.join(folder, `vision-${randomUUID()}`)
  try {
    const bytes = pictureOf(request)
    await mkdir(folder, { recursive: true })
    await writeFile(file, bytes)
    return toVision(await ocr.read({ file, name: 'image' }, { engine })) ?? {}
  } catch (cause) {
    return { error: statusOf(cause) }
  } finally {
    await rm(file, { force: true })
  }
}

const isLoopback = (host: string): boolean => /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host)

const errorBody = (code: number, status: string, message: string) => ({ error: { code, message, status } })

/**
 * Answers `POST /v1/images:annotate` as Google Cloud Vision does, for clients on this machine: they change their address
 * and nothing else. Pages in browsers are refused: a key or a token is not asked for, since a client of Google has one of its own.
 */
export function createVisionApp(services: Services, engine: EngineChoice): Hono {
  const app = new Hono()
  app.use(async (context, next) => {
    const foreign = !isLoopback(context.req.header('host') ?? '')
    if (foreign || context.req.header('origin') !== undefined)
      return context.json(errorBody(403, 'PERMISSION_DENIED', 'Only programs on this machine may ask.'), 403)
    return next()
  })
  const tooLarge = errorBody(400, 'INVALID_ARGUMENT', 'The request is larger than 200 MB.')
  const limit = bodyLimit({ maxSize: mostBytes, onError: (context) => context.json(tooLarge, 400) })
  app.post('/v1/:call{images:annotate}', limit, async (context) => {
    const parsed = batchRequest.safeParse(await context.req.json().catch(() => null))
    if (!parsed.success)
      return context.json(
        errorBody(400, 'INVALID_ARGUMENT', 'The body is no BatchAnnotateImagesRequest.'),
        400,
      )
    const { requests } = parsed.data
    if (requests.length > mostPictures)
      return context.json(
        errorBody(400, 'INVALID_ARGUMENT', `More than ${mostPictures} images in one request.`),
        400,
      )
    const responses = await Promise.all(requests.map((request) => annotate(services, request, engine)))
    return context.json({ responses })
  })
  app.notFound((context) =>
    context.json(errorBody(404, 'NOT_FOUND', 'There is POST /v1/images:annotate here.'), 404),
  )
  return app
}

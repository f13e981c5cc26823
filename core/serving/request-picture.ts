import type { HttpBindings } from '@hono/node-server'
import { z } from 'zod'
import { GlyphlabError } from '../contract/index.ts'
import { inspectImage } from '../imaging/image.ts'
import { Refusal } from './refusal.ts'

export interface Picture {
  bytes: Buffer
  /** The uploaded file's name, or `picture`. */
  name: string
}

/** Bytes of request bodies held in memory by all requests together; many large uploads at once can't exhaust it. */
export class BodyBudget {
  readonly #limit: number
  #used = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  take(bytes: number): void {
    if (this.#used + bytes > this.#limit) {
      const message = 'The server is receiving as many pictures as it can hold. Try again in a moment.'
      throw new Refusal(429, 'UNAVAILABLE', message, { 'Retry-After': '1' })
    }
    this.#used += bytes
  }

  give(bytes: number): void {
    this.#used -= bytes
  }
}

/**
 * Reads the whole body and passes it to `use`; its bytes count against `budget` until `use` has ended.
 * @throws Refusal 413 as soon as more than `limit` bytes are announced or have come, 415 for a compressed body (it could
 * hold any number of bytes), 429 when the budget is spent
 */
export async function withBody<T>(
  incoming: HttpBindings['incoming'],
  limit: number,
  budget: BodyBudget,
  use: (body: Buffer) => Promise<T>,
): Promise<T> {
  const { 'content-length': announced = '0', 'content-encoding': encoding = 'identity' } = incoming.headers
  if (Number(announced) > limit) throw tooLarge(limit)
  if (encoding !== 'identity') {
    throw new Refusal(415, 'UNSUPPORTED', 'A compressed body is not taken. Send it without Content-Encoding.')
  }
  let size = 0
  try {
    const body = await new Promise<Buffer>((resolve, reject) => {
      const chunks: Buffer[] = []
      const stop = (cause: Error) => {
        incoming.off('data', take)
        incoming.resume()
        reject(cause)
      }
      const take = (chunk: Buffer) => {
        try {
          budget.take(chunk.length)
        } catch (cause) {
          stop(cause as Error)
          return
        }
        size += chunk.length
        if (size > limit) stop(tooLarge(limit))
        else chunks.push(chunk)
      }
      incoming.on('data', take)
      incoming.once('end', () => resolve(Buffer.concat(chunks)))
      incoming.once('error', () => reject(cutShort()))
      incoming.once('close', () => reject(cutShort()))
    })
    return await use(body)
  } finally {
    budget.give(size)
  }
}

/** Pictures of a request, and whether it was asked for several, which are answered as a list. */
export interface RequestPictures {
  pictures: Picture[]
  several: boolean
}

/** The JSON forms of a request for a prediction. */
export const pictureJson = z.union([
  z.object({ image: z.string() }),
  z.object({ images: z.array(z.string()).min(1) }),
  z.object({ url: z.string() }),
])

/**
 * The pictures in a request: multipart with the field `image` or `file`, once or several times; JSON `{"image":
 * <base64>}`, `{"images": [<base64>, ...]}` or `{"url": <address>}`; or the body itself.
 * @throws GlyphlabError INVALID_INPUT, saying what to send; Refusal 413 for more than `limit`; what `pictureAt` throws
 */
export async function picturesFrom(
  body: Buffer,
  contentType: string,
  limit: number,
  pictureAt: (url: string) => Promise<Picture>,
): Promise<RequestPictures> {
  const found = contentType.startsWith('multipart/form-data')
    ? await fromMultipart(body, contentType)
    : contentType.startsWith('application/json')
      ? await fromJson(body, pictureAt)
      : { pictures: [{ bytes: body, name: 'picture' }], several: false }
  if (found.pictures.length > limit) {
    throw new Refusal(
      413,
      'INVALID_INPUT',
      `The request holds more than ${limit} pictures. Send fewer at once.`,
    )
  }
  if (found.pictures.some(({ bytes }) => bytes.length === 0))
    throw wrongRequest('The request holds no picture.')
  return found
}

/**
 * @throws Refusal 413 when the header promises more than `maxPixels`, before a pixel is decoded;
 * GlyphlabError UNREADABLE_FILE
 */
export async function refuseHugePicture({ bytes, name }: Picture, maxPixels: number): Promise<void> {
  const { width, height } = await inspectImage(bytes, name)
  if (width * height <= maxPixels) return
  const message = `${name}: ${width} x ${height} px is more than the ${Math.round(maxPixels / 1e6)} million pixels that this server takes. Scale the picture down.`
  throw new Refusal(413, 'INVALID_INPUT', message)
}

async function fromMultipart(body: Buffer, contentType: string): Promise<RequestPictures> {
  const response = new Response(new Uint8Array(body), { headers: { 'content-type': contentType } })
  const form = await response.formData().catch(() => {
    throw wrongRequest('The multipart body is damaged.')
  })
  const files = [...form.getAll('image'), ...form.getAll('file')].filter((entry) => entry instanceof File)
  if (files.length === 0) throw wrongRequest('The form has no file in the field image.')
  const pictures = await Promise.all(
    files.map(async (file) => ({
      bytes: Buffer.from(await file.arrayBuffer()),
      name: file.name.slice(0, 255) || 'picture',
    })),
  )
  return { pictures, several: pictures.length > 1 }
}

async function fromJson(
  body: Buffer,
  pictureAt: (url: string) => Promise<Picture>,
): Promise<RequestPictures> {
  const parsed = pictureJson.safeParse(parseJson(body))
  if (!parsed.success) throw wrongRequest('The JSON has no text in the field image.')
  if ('url' in parsed.data) return { pictures: [await pictureAt(parsed.data.url)], several: false }
  if ('image' in parsed.data) {
    return { pictures: [{ bytes: fromBase64(parsed.data.image), name: 'picture' }], several: false }
  }
  const pictures = parsed.data.images.map((image, i) => ({
    bytes: fromBase64(image),
    name: `picture ${i + 1}`,
  }))
  return { pictures, several: true }
}

/** @throws GlyphlabError INVALID_INPUT */
export function fromBase64(text: string): Buffer {
  const base64 = text.replace(/^data:[\w.+/-]+;base64,/, '')
  if (!/^[\w+/=\s-]*$/.test(base64)) throw wrongRequest('The picture is not base64.')
  return Buffer.from(base64, 'base64')
}

/** @throws GlyphlabError INVALID_INPUT */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw wrongRequest('The body is not valid JSON.')
  }
}

function cutShort(): GlyphlabError {
  return new GlyphlabError('CANCELLED', 'The client closed the connection.')
}

function wrongRequest(what: string): GlyphlabError {
  return new GlyphlabError(
    'INVALID_INPUT',
    `${what} Send a file as multipart field "image", JSON {"image": "<base64>"}, or the picture's bytes as the body.`,
  )
}

function tooLarge(limit: number): Refusal {
  const megabytes = Math.round(limit / 1e5) / 10
  return new Refusal(413, 'INVALID_INPUT', `The request is larger than ${megabytes} MB.`, {
    Connection: 'close',
  })
}

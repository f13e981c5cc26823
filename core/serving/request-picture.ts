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
 * @throws Refusal 413 as soon as more than `limit` bytes are announced or have come, 429 when the budget is spent
 */
export async function withBody<T>(
  request: Request,
  limit: number,
  budget: BodyBudget,
  use: (body: Buffer) => Promise<T>,
): Promise<T> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge(limit)
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    const reader = request.body?.getReader()
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      budget.take(part.value.length)
      size += part.value.length
      if (size > limit) throw tooLarge(limit)
      chunks.push(part.value)
    }
    return await use(Buffer.concat(chunks))
  } finally {
    budget.give(size)
  }
}

/**
 * The picture in a request: multipart with the field `image` or `file`, JSON `{"image": <base64>}`, or the body itself.
 * @throws GlyphlabError INVALID_INPUT, saying what to send
 */
export async function pictureFrom(body: Buffer, contentType: string): Promise<Picture> {
  const picture = contentType.startsWith('multipart/form-data')
    ? await fromMultipart(body, contentType)
    : contentType.startsWith('application/json')
      ? fromJson(body)
      : { bytes: body, name: 'picture' }
  if (picture.bytes.length === 0) throw wrongRequest('The request holds no picture.')
  return picture
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

async function fromMultipart(body: Buffer, contentType: string): Promise<Picture> {
  const response = new Response(new Uint8Array(body), { headers: { 'content-type': contentType } })
  const form = await response.formData().catch(() => {
    throw wrongRequest('The multipart body is damaged.')
  })
  for (const field of ['image', 'file']) {
    const entry = form.get(field)
    if (entry instanceof File) {
      return { bytes: Buffer.from(await entry.arrayBuffer()), name: entry.name.slice(0, 255) || 'picture' }
    }
  }
  throw wrongRequest('The form has no file in the field image.')
}

function fromJson(body: Buffer): Picture {
  const value = parseJson(body)
  const image = typeof value === 'object' && value !== null && 'image' in value ? value.image : undefined
  if (typeof image !== 'string') throw wrongRequest('The JSON has no text in the field image.')
  const base64 = image.replace(/^data:[\w.+/-]+;base64,/, '')
  if (!/^[\w+/=\s-]*$/.test(base64)) throw wrongRequest('The field image is not base64.')
  return { bytes: Buffer.from(base64, 'base64'), name: 'picture' }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw wrongRequest('The body is not valid JSON.')
  }
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

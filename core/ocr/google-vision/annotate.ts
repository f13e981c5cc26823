import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { type ErrorCode, GlyphlabError } from '../../contract/index.ts'
import { annotated } from './words-of-answer.ts'

export interface VisionService {
  /** Without the call's path, such as `https://vision.googleapis.com`. */
  address: string
  key: string
  /** Longest time for one answer, in ms. */
  answerTimeoutMs: number
}

const answer = z.object({ responses: z.array(annotated).min(1) })
const refusal = z.object({ error: z.object({ message: z.string().default('') }) })

/** ms; a server that wants longer is asked no more. */
const longestWaitMs = 60_000
const usualWaitMs = 1_000

/** `google.rpc.Code` */
const rpcCodes: Record<number, ErrorCode> = {
  4: 'TIMED_OUT',
  7: 'FORBIDDEN',
  8: 'UNAVAILABLE',
  14: 'UNAVAILABLE',
  16: 'FORBIDDEN',
}

const otherEngine = 'or read with Tesseract or PP-OCR, which need no connection'

/** What the server says, without the key, which some messages repeat. */
function saying(text: string, key: string): string {
  const clean = text.replaceAll(key, '[key]').replace(/\s+/g, ' ').trim()
  return clean === '' ? '' : `: ${clean.slice(0, 300)}`
}

function messageOf(body: string): string {
  try {
    const parsed = refusal.safeParse(JSON.parse(body))
    return parsed.success ? parsed.data.error.message : ''
  } catch {
    return ''
  }
}

function refused(status: number, body: string, { address, key }: VisionService): GlyphlabError {
  const { host } = new URL(address)
  const message = messageOf(body)
  const said = `${status}${saying(message, key)}`
  if (status === 401 || status === 403 || (status === 400 && /api key/i.test(message)))
    return new GlyphlabError(
      'FORBIDDEN',
      `${host} refused the key (${said}). Check the key in the settings, and that its project has the Cloud Vision API and billing switched on.`,
    )
  if (status === 429)
    return new GlyphlabError(
      'UNAVAILABLE',
      `${host} takes no more pages for now (${said}). Try again later, raise its quota, ${otherEngine}.`,
    )
  if (status >= 300 && status < 400)
    return new GlyphlabError(
      'UNAVAILABLE',
      `${host} wants the page at another address (${status}). It was not sent there: set that address if you trust it.`,
    )
  if (status === 404)
    return new GlyphlabError(
      'UNAVAILABLE',
      `${host} has no images:annotate (${said}). Check the address in the settings.`,
    )
  if (status === 400 || status === 413)
    return new GlyphlabError('INVALID_INPUT', `${host} refused the picture (${said}).`)
  return new GlyphlabError('UNAVAILABLE', `${host} failed (${said}). Try again later, ${otherEngine}.`)
}

function unreached(cause: unknown, { address, answerTimeoutMs }: VisionService): GlyphlabError {
  const { host } = new URL(address)
  if (cause instanceof Error && cause.name === 'TimeoutError')
    return new GlyphlabError(
      'TIMED_OUT',
      `${host} gave no answer within ${answerTimeoutMs / 1000} s. Try again later, ${otherEngine}.`,
    )
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  const reason =
    inner instanceof Error ? ('code' in inner ? String(inner.code) : inner.message) : String(inner)
  return new GlyphlabError(
    'UNAVAILABLE',
    `${host} can't be reached (${reason}). Check the connection and the address, ${otherEngine}.`,
  )
}

/** In ms, from seconds or a date. */
function waitAsked(header: string | null): number {
  if (header === null) return usualWaitMs
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : usualWaitMs
}

async function ask(body: string, service: VisionService, stopped: AbortSignal): Promise<Response> {
  return fetch(`${service.address}/v1/images:annotate`, {
    method: 'POST',
    // In a header the key is in no server's list of addresses.
    headers: { 'content-type': 'application/json', 'x-goog-api-key': service.key },
    body,
    // The user has agreed to this address and no other.
    redirect: 'manual',
    signal: AbortSignal.any([stopped, AbortSignal.timeout(service.answerTimeoutMs)]),
  })
}

/**
 * Sends a picture (a PNG or JPEG file) for DOCUMENT_TEXT_DETECTION: one request, and a second one after the time that the
 * server asks for where it has too many.
 * https://cloud.google.com/vision/docs/reference/rest/v1/images/annotate
 * @throws GlyphlabError FORBIDDEN, UNAVAILABLE, TIMED_OUT, INVALID_INPUT; none tells the key
 */
export async function annotateText(
  picture: Buffer,
  service: VisionService,
  stopped: AbortSignal,
): Promise<z.infer<typeof annotated>> {
  const body = JSON.stringify({
    requests: [
      { image: { content: picture.toString('base64') }, features: [{ type: 'DOCUMENT_TEXT_DETECTION' }] },
    ],
  })
  const send = async () => {
    try {
      const response = await ask(body, service, stopped)
      return { response, text: await response.text() }
    } catch (cause) {
      throw unreached(cause, service)
    }
  }
  let { response, text } = await send()
  const wait = waitAsked(response.headers.get('retry-after'))
  if (response.status === 429 && wait <= longestWaitMs) {
    await delay(wait, undefined, { signal: stopped })
    ;({ response, text } = await send())
  }
  if (response.status !== 200) throw refused(response.status, text, service)
  const { host } = new URL(service.address)
  const parsed = answer.safeParse(parsedJson(text))
  const [found] = parsed.success ? parsed.data.responses : []
  if (!found)
    throw new GlyphlabError(
      'UNAVAILABLE',
      `${host} answers, but not as Google Cloud Vision does. Check the address in the settings.`,
    )
  if (found.error)
    throw new GlyphlabError(
      rpcCodes[found.error.code] ?? 'INVALID_INPUT',
      `${host} could not read it (code ${found.error.code}${saying(found.error.message, service.key)}).`,
    )
  return found
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

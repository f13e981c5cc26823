import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { type IncomingMessage, request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import type { LookupFunction } from 'node:net'
import { GlyphlabError } from '../contract/index.ts'
import { mayAsk } from './public-address.ts'
import { Refusal } from './refusal.ts'
import type { Picture } from './request-picture.ts'

export interface FetchSettings {
  /** `host`, `host:port`, or `*.domain` for every host below it; none: nothing is fetched. */
  hosts: readonly string[]
  /** For the whole fetch, in ms. */
  ms: number
  redirects: number
  /** Whether hosts in the own network and on this machine may be asked. */
  allowPrivate: boolean
}

const mediaTypes = /^(image\/[\w.+-]+|application\/octet-stream)(?:;|$)/i

/**
 * Fetches a picture from a host of the allow-list. Each host is resolved once, every address it has must be allowed, and
 * the connection goes to what was checked; the same holds for each redirect.
 * @param take is told of each chunk's size before it is kept; what it throws ends the fetch
 * @throws GlyphlabError INVALID_INPUT for what is no address; Refusal 403 for a host or an address that is not allowed, 413
 * for more than `limit` bytes, 415 for something that is no picture, 502 and 504 for what the host does
 */
export async function fetchPicture(
  address: string,
  settings: FetchSettings,
  { limit, take, signal }: { limit: number; take: (bytes: number) => void; signal: AbortSignal },
): Promise<Picture> {
  if (settings.hosts.length === 0) {
    throw new Refusal(403, 'FORBIDDEN', 'This server fetches no pictures. Send the picture itself.')
  }
  const deadline = AbortSignal.timeout(settings.ms)
  const ended = AbortSignal.any([deadline, signal])
  try {
    let url = parsedUrl(address)
    for (let hops = 0; ; hops += 1) {
      const response = await answerOf(url, await checkedAddresses(url, settings), ended)
      const next = redirectOf(response, url)
      if (!next) return { bytes: await pictureIn(response, url, limit, take), name: nameOf(url) }
      response.destroy()
      if (hops >= settings.redirects)
        throw new Refusal(502, 'UNAVAILABLE', `${url.host} redirects too often.`)
      url = next
    }
  } catch (cause) {
    if (cause instanceof GlyphlabError) throw cause
    if (signal.aborted) throw new GlyphlabError('CANCELLED', 'The client closed the connection.')
    const { host } = new URL(address)
    if (deadline.aborted) {
      throw new Refusal(504, 'TIMED_OUT', `${host} did not give the picture within ${settings.ms / 1000} s.`)
    }
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Refusal(502, 'UNAVAILABLE', `The picture can't be fetched from ${host} (${reason}).`)
  }
}

function parsedUrl(address: string): URL {
  const url = URL.parse(address)
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new GlyphlabError('INVALID_INPUT', 'The address of the picture is not one of http or https.')
  }
  if (url.username !== '' || url.password !== '') {
    throw new GlyphlabError('INVALID_INPUT', 'The address of the picture holds a password. Leave it out.')
  }
  return url
}

/** Without brackets, lower case, as the allow-list and a resolver take it. */
const hostOf = ({ hostname }: URL) => hostname.replace(/^\[|\]$/g, '').toLowerCase()
const portOf = ({ port, protocol }: URL) => Number(port || (protocol === 'https:' ? 443 : 80))

function isListed(url: URL, hosts: readonly string[]): boolean {
  const host = hostOf(url)
  return hosts.some((listed) => {
    const [, name = '', port] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(listed.toLowerCase()) ?? []
    const named = name.startsWith('*.') ? host.endsWith(name.slice(1)) : host === name
    return named && (port === undefined ? ['', '80', '443'].includes(url.port) : Number(port) === portOf(url))
  })
}

async function checkedAddresses(url: URL, { hosts, allowPrivate }: FetchSettings): Promise<LookupAddress[]> {
  if (!isListed(url, hosts)) {
    throw new Refusal(
      403,
      'FORBIDDEN',
      `This server fetches no pictures from ${url.host}. Send the picture itself.`,
    )
  }
  const found = await lookup(hostOf(url), { all: true, verbatim: true })
  if (found.length > 0 && found.every(({ address }) => mayAsk(address, allowPrivate))) return found
  throw new Refusal(
    403,
    'FORBIDDEN',
    `${url.host} is at an address that this server does not ask. Send the picture itself.`,
  )
}

function answerOf(
  url: URL,
  addresses: readonly LookupAddress[],
  signal: AbortSignal,
): Promise<IncomingMessage> {
  // The name stays in the Host header and in TLS; a second look-up could give another address.
  const pinned: LookupFunction = (_host, { all }, answer) => {
    const [first] = addresses
    if (all) answer(null, [...addresses])
    else answer(null, first?.address ?? '', first?.family)
  }
  const ask = url.protocol === 'https:' ? secureRequest : plainRequest
  return new Promise((resolve, reject) => {
    const headers = { accept: 'image/*', 'accept-encoding': 'identity', 'user-agent': 'glyphlab' }
    const sent = ask(url, { agent: false, lookup: pinned, signal, headers }, resolve)
    sent.once('error', reject)
    sent.end()
  })
}

function redirectOf({ statusCode = 0, headers }: IncomingMessage, from: URL): URL | null {
  if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined) return null
  const next = URL.parse(headers.location, from)
  return parsedUrl(next?.href ?? '')
}

async function pictureIn(
  response: IncomingMessage,
  { host }: URL,
  limit: number,
  take: (bytes: number) => void,
): Promise<Buffer> {
  const {
    'content-type': type = '',
    'content-length': announced = '0',
    'content-encoding': encoding,
  } = response.headers
  try {
    if (response.statusCode !== 200) {
      throw new Refusal(
        502,
        'UNAVAILABLE',
        `${host} answers with ${response.statusCode} where the picture should be.`,
      )
    }
    if (!mediaTypes.test(type) || (encoding ?? 'identity') !== 'identity') {
      throw new Refusal(
        415,
        'UNSUPPORTED',
        `${host} gives ${type || 'something unnamed'} where a picture should be.`,
      )
    }
    if (Number(announced) > limit) throw tooLarge(host, limit)
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > limit) throw tooLarge(host, limit)
      take(chunk.length)
      chunks.push(chunk)
    }
    if (size === 0)
      throw new Refusal(502, 'UNAVAILABLE', `${host} gives nothing where the picture should be.`)
    return Buffer.concat(chunks)
  } finally {
    response.destroy()
  }
}

const nameOf = ({ pathname }: URL) => pathname.split('/').at(-1)?.slice(0, 255) || 'picture'

function tooLarge(host: string, limit: number): Refusal {
  const megabytes = Math.round(limit / 1e5) / 10
  return new Refusal(413, 'INVALID_INPUT', `The picture at ${host} is larger than ${megabytes} MB.`)
}

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { GlyphlabError } from '../contract/index.ts'
import { answerSeconds, type ServedKind } from '../domain/bundle.ts'

const count = z.number().int().min(1)

const serverLimits = z.strictObject({
  /** Bytes of one request's body, and of all bodies in memory together. */
  bodyBytes: count.default(20_000_000),
  allBodiesBytes: count.default(200_000_000),
  pixels: count.default(64_000_000),
  /** Pictures of one request. */
  pictures: count.default(32),
  /** Pictures worked on at the same time, and pictures that may wait; the next gets 429. */
  concurrency: count.default(2),
  queue: count.default(64),
  /** From a complete request to its answer, waiting included, in ms. */
  predictionMs: count.default(30_000),
  /** A client must send its headers, and its whole request, within these times, in ms. */
  headersMs: count.default(10_000),
  requestMs: count.default(60_000),
  connections: count.default(15_000),
  /** How long an idle connection is kept for the next request, in ms. */
  keepAliveMs: count.default(5_000),
})
export type ServerLimits = z.infer<typeof serverLimits>
export const defaultLimits: ServerLimits = serverLimits.parse({})

/** Pictures that are asked for by address: from which hosts (none by default), and within which bounds. */
const fetchedUrls = z.strictObject({
  hosts: z.array(z.string().regex(/^(\*\.)?[\w.:[\]-]+$/, 'not a host')).default([]),
  ms: count.default(5_000),
  redirects: z.number().int().min(0).max(10).default(3),
  allowPrivate: z.boolean().default(false),
})
export const defaultUrls = fetchedUrls.parse({})

/** `serving.json` beside a bundle's manifest; every field may be left out. */
const serverConfig = z.strictObject({
  host: z.string().min(1).default('0.0.0.0'),
  port: z.number().int().min(0).max(65_535).default(8080),
  /**
   * Whether its port stays closed until it has checked itself: for a balancer that asks another replica where nobody
   * listens, but hands on the 503 of one that is not ready.
   */
  listenWhenReady: z.boolean().default(false),
  /**
   * How long it goes on accepting requests, not ready any more, when it is told to end, in ms: longer than a balancer
   * takes to see that.
   */
  lameDuckMs: z.number().int().min(0).default(0),
  /** For requests in work after that, in ms; null: as long as an answer may take. */
  drainMs: z.number().int().min(0).nullable().default(null),
  limits: serverLimits.partial().default({}),
  /** Pictures of several requests in one call of the model: how many at most (`auto`: as many as pay), and how long one waits. */
  batch: z
    .strictObject({
      pictures: z.union([z.literal('auto'), count.max(256)]).default('auto'),
      delayMs: z.number().min(0).max(1_000).default(0),
    })
    .prefault({}),
  /** Answers kept by the picture's digest; 0 entries: none. */
  cache: z
    .strictObject({ entries: z.number().int().min(0).default(1_000), bytes: count.default(32_000_000) })
    .default({ entries: 1_000, bytes: 32_000_000 }),
  urls: fetchedUrls.prefault({}),
  /** Pages of these origins may ask (CORS); none by default. */
  origins: z.array(z.url()).default([]),
  /**
   * Folder for the audit log and the traffic policy; without it the policy does not outlive a restart. Several servers
   * may share it when each has an `auditDirectory`: a change of the policy at one is followed by the others.
   */
  stateDirectory: z.string().min(1).nullable().default(null),
  /** Folder for the audit log of several servers, each with a file of its own. */
  auditDirectory: z.string().min(1).nullable().default(null),
  /** Predictions as JSON lines in a folder; none without a directory. */
  predictionLog: z
    .strictObject({
      directory: z.string().min(1).nullable().default(null),
      sample: z.number().min(0).max(1).default(1),
      fileBytes: count.default(50_000_000),
      days: z.number().positive().default(30),
      inputs: z.enum(['none', 'low-confidence', 'all']).default('none'),
      lowConfidence: z.number().min(0).max(1).default(0.8),
      inputBytes: count.default(1_000_000_000),
    })
    .prefault({}),
  /** How many of the last predictions are compared with training, and from how many on something is said. */
  drift: z
    .strictObject({ window: count.max(1_000_000).default(1_000), minimum: count.default(100) })
    .prefault({}),
  /** The key file; it is read again when it changes. */
  keysFile: z.string().min(1).nullable().default(null),
  tls: z
    .strictObject({ certificateFile: z.string().min(1), keyFile: z.string().min(1) })
    .nullable()
    .default(null),
})
type ServerConfig = z.infer<typeof serverConfig>

export interface ServerSettings extends Omit<ServerConfig, 'tls'> {
  bundleDirectory: string
  /** Folder with `tfjs-backend-wasm*.wasm`; undefined takes the installed package's. */
  wasmDirectory: string | undefined
  /** The text of a key file, when it came in the environment. */
  keysText: string | null
  /** PEM */
  tls: { cert: string; key: string } | null
}

export const configFile = 'serving.json'

type Read = (text: string) => unknown
const number: Read = (text) => (text.trim() === '' ? text : Number(text))
const text: Read = (given) => given
const flag: Read = (given) => ({ true: true, false: false })[given] ?? given
const list: Read = (given) => given.split(/[\s,]+/).filter(Boolean)

/** What environment variables set; they win over the file. */
const variables: Record<string, [path: string, read: Read]> = {
  PORT: ['port', number],
  HOST: ['host', text],
  GLYPHLAB_LISTEN_WHEN_READY: ['listenWhenReady', flag],
  GLYPHLAB_CONCURRENCY: ['limits.concurrency', number],
  GLYPHLAB_QUEUE: ['limits.queue', number],
  GLYPHLAB_MAX_BODY_BYTES: ['limits.bodyBytes', number],
  GLYPHLAB_MAX_PIXELS: ['limits.pixels', number],
  GLYPHLAB_MAX_PICTURES: ['limits.pictures', number],
  GLYPHLAB_MAX_CONNECTIONS: ['limits.connections', number],
  GLYPHLAB_HEADERS_MS: ['limits.headersMs', number],
  GLYPHLAB_REQUEST_MS: ['limits.requestMs', number],
  GLYPHLAB_KEEP_ALIVE_MS: ['limits.keepAliveMs', number],
  GLYPHLAB_TIMEOUT_MS: ['limits.predictionMs', number],
  GLYPHLAB_LAME_DUCK_MS: ['lameDuckMs', number],
  GLYPHLAB_DRAIN_MS: ['drainMs', number],
  GLYPHLAB_BATCH: ['batch.pictures', (given) => (given === 'auto' ? given : number(given))],
  GLYPHLAB_BATCH_DELAY_MS: ['batch.delayMs', number],
  GLYPHLAB_CACHE_ENTRIES: ['cache.entries', number],
  GLYPHLAB_URL_HOSTS: ['urls.hosts', list],
  GLYPHLAB_URL_MS: ['urls.ms', number],
  GLYPHLAB_URL_PRIVATE: ['urls.allowPrivate', flag],
  GLYPHLAB_ORIGINS: ['origins', list],
  GLYPHLAB_STATE: ['stateDirectory', text],
  GLYPHLAB_AUDIT_LOG: ['auditDirectory', text],
  GLYPHLAB_PREDICTION_LOG: ['predictionLog.directory', text],
  GLYPHLAB_PREDICTION_LOG_SAMPLE: ['predictionLog.sample', number],
  GLYPHLAB_PREDICTION_LOG_FILE_BYTES: ['predictionLog.fileBytes', number],
  GLYPHLAB_PREDICTION_LOG_DAYS: ['predictionLog.days', number],
  GLYPHLAB_PREDICTION_LOG_INPUTS: ['predictionLog.inputs', text],
  GLYPHLAB_PREDICTION_LOG_LOW_CONFIDENCE: ['predictionLog.lowConfidence', number],
  GLYPHLAB_PREDICTION_LOG_INPUT_BYTES: ['predictionLog.inputBytes', number],
  GLYPHLAB_DRIFT_WINDOW: ['drift.window', number],
  GLYPHLAB_DRIFT_MINIMUM: ['drift.minimum', number],
  GLYPHLAB_KEYS_FILE: ['keysFile', text],
  GLYPHLAB_TLS_CERT_FILE: ['tls.certificateFile', text],
  GLYPHLAB_TLS_KEY_FILE: ['tls.keyFile', text],
}

/**
 * The server's settings: `serving.json` in the bundle (or GLYPHLAB_CONFIG), over it environment variables.
 * `programDirectory` is the folder of the program's entry, whose `wasm/` is taken when it is there.
 * @throws GlyphlabError INVALID_INPUT, naming the variable or the field
 */
export function readSettings(env: NodeJS.ProcessEnv, programDirectory: string): ServerSettings {
  const bundleDirectory = resolve(env['GLYPHLAB_BUNDLE'] || dirname(programDirectory))
  const file = env['GLYPHLAB_CONFIG'] ?? join(bundleDirectory, configFile)
  const given = existsSync(file) || env['GLYPHLAB_CONFIG'] !== undefined ? readConfig(file) : {}
  const sources = new Map<string, string>()
  for (const [name, [path, read]] of Object.entries(variables)) {
    const value = env[name]
    if (value === undefined || value === '') continue
    put(given, path.split('.'), read(value))
    sources.set(path, `Environment variable ${name}`)
  }
  const parsed = serverConfig.safeParse(given)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const path = issue?.path.join('.') ?? ''
    throw new GlyphlabError('INVALID_INPUT', `${sources.get(path) ?? `${file}: ${path}`}: ${issue?.message}.`)
  }
  const { tls, ...config } = parsed.data
  const packedWasm = join(programDirectory, 'wasm')
  return {
    ...config,
    bundleDirectory,
    wasmDirectory: env['GLYPHLAB_WASM'] ?? (existsSync(packedWasm) ? packedWasm : undefined),
    keysText: env['GLYPHLAB_KEYS'] ?? null,
    tls: tls && { cert: readText(tls.certificateFile), key: readText(tls.keyFile) },
  }
}

/** One page at a time for OCR, which takes seconds; the limits that were chosen win. */
export function limitsFor(kind: ServedKind, chosen: ServerConfig['limits']): ServerLimits {
  const forOcr = kind === 'ocr' ? { concurrency: 1, queue: 16 } : {}
  const set = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined))
  const limits = { ...defaultLimits, predictionMs: answerSeconds(kind) * 1000, ...forOcr, ...set }
  return { ...limits, allBodiesBytes: Math.max(limits.allBodiesBytes, limits.bodyBytes) }
}

function readConfig(file: string): Record<string, unknown> {
  const source = readText(file)
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(source))
  } catch (cause) {
    throw new GlyphlabError('INVALID_INPUT', `${file}: not the settings of a server (${cause}).`)
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new GlyphlabError('INVALID_INPUT', `${file}: can't be read (${cause}).`)
  }
}

function put(target: Record<string, unknown>, [first = '', ...rest]: string[], value: unknown): void {
  if (rest.length === 0) {
    target[first] = value
    return
  }
  const inner = z.record(z.string(), z.unknown()).safeParse(target[first]).data ?? {}
  target[first] = inner
  put(inner, rest, value)
}

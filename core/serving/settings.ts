import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { GlyphlabError } from '../contract/index.ts'
import { defaultLimits, type ServerLimits } from './server.ts'

export interface ServerSettings {
  host: string
  port: number
  bundleDirectory: string
  /** Folder with `tfjs-backend-wasm*.wasm`; undefined takes the installed package's. */
  wasmDirectory: string | undefined
  /** For requests in work when the server is told to end, in ms. */
  drainMs: number
  limits: Partial<ServerLimits>
}

const count = z.coerce.number().int().min(1).optional()

const environment = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  HOST: z.string().min(1).default('0.0.0.0'),
  /** Default: the folder above this program's, as bundles are laid out. */
  GLYPHLAB_BUNDLE: z.string().min(1).optional(),
  GLYPHLAB_WASM: z.string().min(1).optional(),
  GLYPHLAB_CONCURRENCY: count,
  GLYPHLAB_QUEUE: count,
  GLYPHLAB_MAX_BODY_BYTES: count,
  GLYPHLAB_MAX_PIXELS: count,
  GLYPHLAB_TIMEOUT_MS: count,
  GLYPHLAB_DRAIN_MS: z.coerce.number().int().min(0).default(8_000),
})

/**
 * The server's settings from environment variables. `programDirectory` is the folder of the program's entry, whose
 * `wasm/` is taken when it is there.
 * @throws GlyphlabError INVALID_INPUT, naming the variable
 */
export function readSettings(env: NodeJS.ProcessEnv, programDirectory: string): ServerSettings {
  const parsed = environment.safeParse(env)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new GlyphlabError(
      'INVALID_INPUT',
      `Environment variable ${issue?.path.join('.')}: ${issue?.message}.`,
    )
  }
  const values = parsed.data
  const packedWasm = join(programDirectory, 'wasm')
  const limits: [keyof ServerLimits, number | undefined][] = [
    ['concurrency', values.GLYPHLAB_CONCURRENCY],
    ['queue', values.GLYPHLAB_QUEUE],
    ['bodyBytes', values.GLYPHLAB_MAX_BODY_BYTES],
    ['allBodiesBytes', values.GLYPHLAB_MAX_BODY_BYTES && values.GLYPHLAB_MAX_BODY_BYTES * 10],
    ['pixels', values.GLYPHLAB_MAX_PIXELS],
    ['predictionMs', values.GLYPHLAB_TIMEOUT_MS],
  ]
  return {
    host: values.HOST,
    port: values.PORT,
    bundleDirectory: resolve(values.GLYPHLAB_BUNDLE ?? dirname(programDirectory)),
    wasmDirectory: values.GLYPHLAB_WASM ?? (existsSync(packedWasm) ? packedWasm : undefined),
    drainMs: values.GLYPHLAB_DRAIN_MS,
    limits: Object.fromEntries(limits.filter(([, value]) => value !== undefined)),
  }
}

/** One page at a time for OCR, which takes seconds; the limits that the environment sets win. */
export function limitsFor(kind: 'image-classifier' | 'ocr', chosen: Partial<ServerLimits>): ServerLimits {
  const forOcr = kind === 'ocr' ? { concurrency: 1, queue: 16, predictionMs: 120_000 } : {}
  return { ...defaultLimits, ...forOcr, ...chosen }
}

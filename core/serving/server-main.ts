/**
 * Serves the bundle around it (or in GLYPHLAB_BUNDLE): the entry of every container, and of a local trial. It listens at
 * once, is ready after it gave every golden answer, and ends with code 1 when it can't give one.
 */
import { join } from 'node:path'
import { GlyphlabError } from '../contract/index.ts'
import { goldenDirectory } from '../domain/bundle.ts'
import { loadServedModel, readBundleManifest } from './bundle.ts'
import { checkGoldenAnswers, readGoldenAnswers } from './golden.ts'
import { createLog } from './log.ts'
import { Readiness } from './readiness.ts'
import { createServer, listen } from './server.ts'
import { limitsFor, readSettings } from './settings.ts'

const log = createLog((line) => process.stdout.write(line))

async function main(): Promise<void> {
  const settings = readSettings(process.env, import.meta.dirname)
  const manifest = await readBundleManifest(settings.bundleDirectory)
  const { model, close } = await loadServedModel(settings.bundleDirectory, manifest, settings.wasmDirectory)
  const { name, version, digest } = model
  const golden = join(settings.bundleDirectory, goldenDirectory)
  const answers = await readGoldenAnswers(golden)
  const limits = limitsFor(model.kind, settings.limits)
  const readiness = new Readiness(async () => {
    await checkGoldenAnswers(golden, answers, model, { first: true })
  })
  const app = createServer({ model, readiness, limits, log })
  const server = await listen(app, { host: settings.host, port: settings.port, limits })
  log('info', 'listening', { host: settings.host, port: server.port, model: name, version, digest })

  let ending = false
  const end = async (signal: string) => {
    if (ending) process.exit(1)
    ending = true
    readiness.drain()
    log('info', 'draining', { signal })
    await server.drain(settings.drainMs)
    await close()
    log('info', 'ended')
    process.exit(0)
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)

  const checked = await checkGoldenAnswers(golden, answers, model)
  readiness.ready()
  log('info', 'ready', {
    golden_answers: checked,
    since_start_ms: Math.round(process.uptime() * 1000),
  })
}

main().catch((cause: unknown) => {
  const known = cause instanceof GlyphlabError
  const message = cause instanceof Error ? cause.message : String(cause)
  const stack = !known && cause instanceof Error ? { stack: cause.stack } : {}
  log('error', message, { code: known ? cause.code : 'INTERNAL', ...stack })
  process.exitCode = 1
  setTimeout(() => process.exit(1), 1_000).unref()
  process.stdout.write('', () => process.exit(1))
})

/**
 * Serves the bundle around it (or in GLYPHLAB_BUNDLE): the entry of every container, and of a local trial. It listens at
 * once (or when it is ready, as it is set), is ready after it gave every golden answer, and ends with code 1 when it
 * can't give one.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GlyphlabError } from '../contract/index.ts'
import { goldenDirectory } from '../domain/bundle.ts'
import type { TrainingProfile } from '../domain/training-profile.ts'
import { type Access, accessByKeyFile, accessByKeys, openAccess } from './access.ts'
import { openAuditLog } from './audit-log.ts'
import { type BatchSettings, tryBatches } from './batching.ts'
import { loadFurtherVersions, loadServedModel, readBundleManifest, readTrainingProfiles } from './bundle.ts'
import { DriftWatch } from './drift-watch.ts'
import { checkGoldenAnswers, readGoldenAnswers } from './golden.ts'
import { hostName } from './host-name.ts'
import { listen } from './listen.ts'
import { bufferLines, createLog, writeOut } from './log.ts'
import { PredictionLog } from './prediction-log.ts'
import { Readiness } from './readiness.ts'
import type { ServedModel } from './served-model.ts'
import { createServer } from './server.ts'
import { limitsFor, readSettings, type ServerSettings } from './settings.ts'
import { Traffic } from './traffic.ts'

/** Null: the audit log is in the server's log alone. */
function auditFile({ auditDirectory, stateDirectory }: ServerSettings): string | null {
  if (auditDirectory !== null) return join(auditDirectory, `audit-${hostName()}.jsonl`)
  return stateDirectory === null ? null : join(stateDirectory, 'audit.jsonl')
}

const lines = bufferLines(writeOut)
const log = createLog(lines.write)

async function main(): Promise<void> {
  const settings = readSettings(process.env, import.meta.dirname)
  const { bundleDirectory, wasmDirectory, stateDirectory } = settings
  const manifest = await readBundleManifest(bundleDirectory)
  const first = await loadServedModel(bundleDirectory, manifest, wasmDirectory)
  const further = await loadFurtherVersions(bundleDirectory, manifest, wasmDirectory)
  const loaded = [{ ...first, golden: join(bundleDirectory, goldenDirectory) }, ...further]
  const { name, version, digest, kind } = first.model
  const limits = limitsFor(kind, settings.limits)
  const traffic = await Traffic.open(
    loaded.map(({ model }) => model),
    {
      directory: stateDirectory,
      onRollback: (reason) => log('warn', 'canary taken out', { reason }),
      onFollowed: (change) => log('info', 'traffic policy followed', change),
      onTrouble: (reason) => log('error', 'traffic policy not shared', { reason }),
    },
  )
  const readiness = new Readiness(async () => {
    const asked = loaded.find(({ model }) => model === traffic.primary) ?? { ...first, golden: '' }
    await checkGoldenAnswers(asked.golden, await readGoldenAnswers(asked.golden), asked.model, {
      first: true,
    })
  })
  const access = await accessFor(settings)
  const audit = openAuditLog(auditFile(settings), log)
  const profiles = await readTrainingProfiles(bundleDirectory, manifest)
  const drift = profiles.length > 0 ? new DriftWatch(profiles, settings.drift) : null
  const predictionLog = await openPredictionLog(settings, profiles)
  const { cache, origins, urls, host, tls } = settings
  const batch = await batchFor(settings, first.model)
  const app = createServer({
    traffic,
    readiness,
    limits,
    log,
    cache,
    batch,
    urls,
    access,
    audit,
    predictionLog,
    drift,
    origins,
  })
  const open = async () => {
    const opened = await listen(app, { host, port: settings.port, limits, tls })
    log('info', 'listening', { host, port: opened.port, pid: process.pid, model: name, version, digest })
    lines.flush()
    return opened
  }
  let server = settings.listenWhenReady ? null : await open()

  let ending = false
  const end = async (signal: string) => {
    if (ending) process.exit(1)
    ending = true
    readiness.drain()
    log('info', 'draining', { signal })
    await server?.drain(settings.drainMs ?? limits.predictionMs, settings.lameDuckMs)
    traffic.close()
    for (const { close } of loaded) await close()
    await predictionLog?.close()
    audit.close()
    log('info', 'ended')
    process.exit(0)
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
  // Started by the app: it ends with the app, however that ends.
  process.on('disconnect', () => void end('disconnect'))

  let checked = 0
  for (const { model, golden } of loaded) {
    checked += await checkGoldenAnswers(golden, await readGoldenAnswers(golden), model)
  }
  if (ending) return
  server ??= await open()
  readiness.ready()
  log('info', 'ready', {
    golden_answers: checked,
    since_start_ms: Math.round(process.uptime() * 1000),
  })
  lines.flush()
}

/** The profiles lie beside the log, so that it can be compared with training wherever it is brought. */
async function openPredictionLog(
  { predictionLog: { directory, ...rest } }: ServerSettings,
  profiles: readonly TrainingProfile[],
): Promise<PredictionLog | null> {
  if (directory === null) return null
  const opened = new PredictionLog({ directory, ...rest }, log)
  for (const profile of profiles) {
    const file = join(directory, `profile-${String(profile.version).replace(/[^\w.-]/g, '_')}.json`)
    await writeFile(file, `${JSON.stringify(profile)}\n`)
  }
  return opened
}

/** What was set, or what pays for the first version. */
async function batchFor(
  { batch: { pictures, delayMs } }: ServerSettings,
  model: ServedModel,
): Promise<BatchSettings> {
  if (model.kind !== 'image-classifier') return { pictures: 1, delayMs: 0 }
  if (pictures !== 'auto') return { pictures, delayMs }
  const { aloneMs, togetherMs, ...tried } = await tryBatches(model)
  log('info', 'batches tried', {
    ...tried,
    alone_ms: rounded(aloneMs),
    together_ms: togetherMs && rounded(togetherMs),
  })
  return { pictures: tried.pictures, delayMs }
}

const rounded = (ms: number) => Math.round(ms * 1000) / 1000

async function accessFor({ keysText, keysFile }: ServerSettings): Promise<Access> {
  if (keysText !== null) return accessByKeys(keysText, 'GLYPHLAB_KEYS')
  return keysFile === null ? openAccess : accessByKeyFile(keysFile, log)
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

import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { BlobFiles, sha256Of } from '../../blobs/blob-files.ts'
import { type BrokenLine, GlyphlabError } from '../../contract/index.ts'
import {
  keptInputsDirectory,
  type PredictionRecord,
  predictionRecord,
} from '../../domain/prediction-record.ts'
import { trainingProfile } from '../../domain/training-profile.ts'
import type { LogImportInput, LogImportMessage, LogImportResult } from './log-import-messages.ts'

import { holdsMetrics, momentInName, readExposition, readQueryAnswer } from './read-metrics.ts'

const recordsAtOnce = 2_000
const inputsAtOnce = 50
const brokenNamed = 100
const longestLine = 1_000_000

export interface LogImportPort {
  /** Resolves when the engine has taken it; with the hashes that it wants. */
  hand(message: Exclude<LogImportMessage, { type: 'progress' | 'result' | 'failure' }>): Promise<string[]>
  progress(value: number, message: string): void
  /** @throws GlyphlabError CANCELLED */
  check(): void
}

const metricsName = /\.(prom|metrics|om|txt|json)$/i
const profileName = /^profile-.*\.json$/
const longestMetrics = 200_000_000
const readingsAtOnce = 5_000

interface FoundFiles {
  logs: string[]
  /** What may hold metrics. */
  metrics: string[]
  profiles: string[]
  inputs: string[]
}

async function findFiles(root: string): Promise<FoundFiles> {
  const facts = await stat(root).catch((cause: NodeJS.ErrnoException) => {
    throw new GlyphlabError('NOT_FOUND', `${root}: can't be read (${cause.code}).`)
  })
  if (facts.isFile())
    return metricsName.test(root)
      ? { logs: [], metrics: [root], profiles: [], inputs: [] }
      : { logs: [root], metrics: [], profiles: [], inputs: [] }
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const full = files.map(({ parentPath, name }) => path.join(parentPath, name)).sort()
  const named = (pattern: RegExp) => full.filter((file) => pattern.test(path.basename(file)))
  return {
    logs: named(/\.jsonl$/),
    metrics: named(metricsName).filter((file) => !profileName.test(path.basename(file))),
    profiles: named(profileName),
    inputs: named(/^[0-9a-f]{64}$/).filter(
      (file) => path.basename(path.dirname(file)) === keptInputsDirectory,
    ),
  }
}

/**
 * Reads a service's prediction log, training profiles and kept inputs, and hands them over piece by piece. A line or a file
 * that can't be taken is named and passed over.
 * @throws GlyphlabError NOT_FOUND when there is no log; CANCELLED; DISK_FULL
 */
export async function readLog(input: LogImportInput, port: LogImportPort): Promise<LogImportResult> {
  const { logs, metrics, profiles, inputs } = await findFiles(input.root)
  if (logs.length + metrics.length === 0)
    throw new GlyphlabError(
      'NOT_FOUND',
      `${input.root}: there is no prediction log (*.jsonl) in it, and no metrics (*.prom, *.txt, *.json). Choose the folder that the service was given as GLYPHLAB_PREDICTION_LOG, or one of its saved /metrics.`,
    )
  const broken: BrokenLine[] = []
  let brokenCount = 0
  const refuse = (file: string, line: number, reason: string) => {
    brokenCount += 1
    if (broken.length < brokenNamed) broken.push({ file, line, reason })
  }
  for (const file of profiles) {
    try {
      const profile = trainingProfile.parse(JSON.parse(await readFile(file, 'utf8')))
      await port.hand({ type: 'profile', profile })
    } catch {
      refuse(file, 1, 'not a training profile')
    }
  }
  for (const [index, file] of logs.entries()) {
    port.check()
    port.progress((0.5 * index) / logs.length, `Reading ${path.basename(file)}`)
    await readFileOfLog(file, port, refuse)
  }
  for (const [index, file] of metrics.entries()) {
    port.check()
    port.progress(0.5 + (0.2 * index) / metrics.length, `Reading ${path.basename(file)}`)
    await readMetricsFile(file, input, port, refuse)
  }
  await readInputs(input, inputs, port, refuse)
  return { files: logs.length + metrics.length, brokenCount, broken }
}

type Refuse = (file: string, line: number, reason: string) => void

async function readFileOfLog(file: string, port: LogImportPort, refuse: Refuse): Promise<void> {
  let records: PredictionRecord[] = []
  let number = 0
  const hand = async () => {
    const handed = records
    records = []
    if (handed.length > 0) await port.hand({ type: 'records', records: handed })
  }
  try {
    for await (const line of createInterface({ input: createReadStream(file, 'utf8') })) {
      number += 1
      if (line.trim() === '') continue
      const record = line.length > longestLine ? 'longer than a million characters' : recordOf(line)
      if (typeof record === 'string') refuse(file, number, record)
      else records.push(record)
      if (records.length < recordsAtOnce) continue
      port.check()
      await hand()
    }
  } catch (cause) {
    if (cause instanceof GlyphlabError) throw cause
    refuse(file, number + 1, `can't be read further (${cause instanceof Error ? cause.message : cause})`)
  }
  await hand()
}

/** The record, or why it is none. */
function recordOf(line: string): PredictionRecord | string {
  try {
    const parsed = predictionRecord.safeParse(JSON.parse(line))
    if (parsed.success) return parsed.data
    const [issue] = parsed.error.issues
    return `not a prediction: ${issue?.path.join('.') || 'the line'}: ${issue?.message}`
  } catch {
    return 'not JSON; the line may have been cut off'
  }
}

/** The folder of a file below the root tells replicas apart that were scraped into a folder each. */
async function readMetricsFile(
  file: string,
  { root, dated }: LogImportInput,
  port: LogImportPort,
  refuse: Refuse,
): Promise<void> {
  const complain = (line: number, reason: string) => refuse(file, line, reason)
  try {
    const { size, mtimeMs } = await stat(file)
    if (size > longestMetrics) {
      complain(1, 'larger than 200 MB; save fewer series, or a shorter time, in a file')
      return
    }
    const text = await readFile(file, 'utf8')
    const kind = holdsMetrics(text.slice(0, 4_096))
    if (kind === null) {
      complain(1, 'neither metrics in the Prometheus text format nor an answer of Prometheus to query_range')
      return
    }
    const place = file === root ? '' : path.relative(root, path.dirname(file)).split(path.sep).join('/')
    const moment = momentInName(path.basename(file)) ?? (dated ? mtimeMs : null)
    const readings =
      kind === 'json' ? readQueryAnswer(text, complain) : readExposition(text, moment, place, complain)
    for (let start = 0; start < readings.length; start += readingsAtOnce)
      await port.hand({ type: 'readings', readings: readings.slice(start, start + readingsAtOnce) })
  } catch (cause) {
    if (cause instanceof GlyphlabError) throw cause
    complain(1, `can't be read (${cause instanceof Error ? cause.message : cause})`)
  }
}

async function readInputs(
  { home, writer }: LogImportInput,
  inputs: readonly string[],
  port: LogImportPort,
  refuse: Refuse,
): Promise<void> {
  const blobs = new BlobFiles(home, writer)
  for (let start = 0; start < inputs.length; start += inputsAtOnce) {
    port.check()
    port.progress(0.7 + (0.3 * start) / inputs.length, `Reading picture ${start + 1} of ${inputs.length}`)
    const files = inputs.slice(start, start + inputsAtOnce)
    const wanted = new Set(
      await port.hand({ type: 'lookup', hashes: files.map((file) => path.basename(file)) }),
    )
    const stored = []
    for (const file of files) {
      const hash = path.basename(file)
      if (!wanted.has(hash)) continue
      const bytes = await readFile(file).catch(() => null)
      if (bytes === null || sha256Of(bytes) !== hash)
        refuse(file, 1, 'the picture is not the one that its name says')
      else stored.push(await blobs.putBytes(bytes))
    }
    await port.hand({ type: 'inputs', blobs: stored })
  }
}

import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm, stat } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import path from 'node:path'
import { type ServedEngine, serveEngine } from '../../core/host/testing/serve.ts'
import type { RunSink } from '../../core/tracking/importers/importer.ts'
import { openRunSource } from '../../core/tracking/importers/open-run-source.ts'
import { tensorboard } from '../../core/tracking/importers/tensorboard.ts'
import { dist, root } from '../paths.ts'
import { pythonWith } from '../python-environment.ts'
import { runOrThrow } from '../run-command.ts'
import { sharedData } from './shared-data.ts'

const version = '2.21.0'
const repeats = 15
const enginesStarted = 3
const openingsMade = 6
/** A person needs so long for the next one. */
const pauseMs = 3_000
/** An engine that has run for so long has done what it does at its start. */
const settledMs = 5_000
/** The largest folder of event files among the real inputs. */
const largest = 'ARM-software-keyword-transformer/models_data_v2_12_labels/att_mh_rnn_1/logs/validation'

interface Reading {
  points: number
  sum: number
}

/** Reads the folder as an import does, without storing it. */
async function read(folder: string): Promise<Reading> {
  const found: Reading = { points: 0, sum: 0 }
  const nothing = async () => {}
  const sink: RunSink = {
    head: nothing,
    params: nothing,
    tags: nothing,
    inputs: nothing,
    artifact: nothing,
    artifactFile: nothing,
    async points(_key, points) {
      found.points += points.length / 3
      for (let at = 1; at < points.length; at += 3) found.sum += points[at] ?? 0
    },
    broken: (part, reason) => {
      throw new Error(`${part}: ${reason}`)
    },
  }
  const { runs } = await tensorboard.find(openRunSource(folder, 'log', folder))
  for (const run of runs) await run.read(sink)
  return found
}

interface Openings {
  /** Of an engine that has just started. */
  atTheStart: number
  /** The first one of an engine that has run for some seconds, and the median of those that follow. */
  first: number
  further: number
}

/**
 * Opens copies of the folder in engines that run: the job with its process, everything stored.
 * @param cli the program of the engine: its sources, or as it is built and shipped
 * @returns seconds from the request until the run is there
 */
async function openings(folder: string, work: string, cli: string): Promise<Openings> {
  const later: number[] = []
  const [starts, firsts]: [number[], number[]] = [[], []]
  for (let at = 0; at < enginesStarted; at++) {
    const engine = await serveEngine(path.join(work, `home-start-${at}`), cli)
    starts.push(await opening(engine, folder).finally(() => engine.end('SIGTERM')))
  }
  for (let at = 0; at < enginesStarted; at++) {
    const engine = await serveEngine(path.join(work, `home-${at}`), cli)
    try {
      for (let copy = 0; copy < openingsMade; copy++) {
        const own = path.join(work, `log-${at}-${copy}`)
        await cp(folder, own, { recursive: true })
        await new Promise((resolve) => setTimeout(resolve, copy === 0 ? settledMs : pauseMs))
        const seconds = await opening(engine, own)
        if (copy === 0) firsts.push(seconds)
        else later.push(seconds)
      }
    } finally {
      await engine.end('SIGTERM')
    }
  }
  return { atTheStart: median(starts), first: median(firsts), further: median(later) }
}

async function opening(engine: ServedEngine, folder: string): Promise<number> {
  // The window has asked it for much by then.
  await engine.call('runs.list', {})
  const begin = performance.now()
  const { jobId } = await engine.call('runs.import', { source: { kind: 'path', path: folder } })
  for (;;) {
    const job = await engine.call('jobs.get', { jobId })
    if (job.error) throw new Error(job.error.message)
    if (job.status === 'succeeded') return (performance.now() - begin) / 1_000
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

const median = (values: number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
const rounded = (value: number): number => Number(value.toPrecision(3))

/** The largest real event folder: this reader beside TensorBoard's own, each in a warm process and from its start. */
export async function tensorboardBench(): Promise<object> {
  const data = sharedData('trk-tfevents')
  if (!data) return { skipped: 'the event files of the real inputs are not here' }
  const peer = await pythonWith(`tensorboard-${version}`, [`tensorboard==${version}`, 'setuptools<81'])
  const folder = path.join(data, largest)
  const work = await mkdtemp(path.join(tmpdir(), 'glyphlab-bench-'))
  try {
    const own: number[] = []
    let reading: Reading = { points: 0, sum: 0 }
    for (let at = 0; at < repeats; at++) {
      const begin = performance.now()
      reading = await read(folder)
      own.push((performance.now() - begin) / 1_000)
    }
    const built = path.join(dist, 'engine/cli.js')
    // What people have is the built app; a checkout that was never built has the sources only.
    const program = existsSync(built) ? built : path.join(root, 'core/host/cli.ts')
    const opened = await openings(folder, work, program)
    const [file = ''] = openRunSource(folder, '', folder).files
    const figures = {
      cores: cpus().length,
      bytes: (await stat(path.join(folder, file))).size,
      points: reading.points,
      seconds: {
        firstRead: rounded(own[0] ?? 0),
        read: rounded(median(own)),
        openedAndStored: {
          atTheEnginesStart: rounded(opened.atTheStart),
          first: rounded(opened.first),
          further: rounded(opened.further),
        },
      },
    }
    if ('missing' in peer) return { ...figures, tensorboard: peer.missing }
    const script = path.join(root, 'build/bench/tensorboard-loader.py')
    const from = performance.now()
    await runOrThrow(peer.python, [script, folder, '1'], { timeoutMs: 300_000 })
    const whole = (performance.now() - from) / 1_000
    const output = await runOrThrow(peer.python, [script, folder, String(repeats)], { timeoutMs: 600_000 })
    const theirs = JSON.parse(output.trim().split('\n').at(-1) ?? '') as Reading & { seconds: number[] }
    if (theirs.points !== reading.points || Math.abs(theirs.sum - reading.sum) > 1e-6 * Math.abs(theirs.sum))
      throw new Error(`TensorBoard reads ${theirs.points} points, we ${reading.points}`)
    const seconds = median(theirs.seconds)
    return {
      ...figures,
      tensorboard: { version, seconds: { read: rounded(seconds), wholeProcess: rounded(whole) } },
      timesAsFast: {
        read: rounded(seconds / median(own)),
        firstOpeningBesideItsWarmRead: rounded(seconds / opened.first),
        furtherOpeningBesideItsWarmRead: rounded(seconds / opened.further),
        firstOpeningBesideItsWholeProcess: rounded(whole / opened.first),
        furtherOpeningBesideItsWholeProcess: rounded(whole / opened.further),
      },
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

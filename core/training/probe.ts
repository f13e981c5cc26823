import { fork } from 'node:child_process'
import { type BackendId, type BackendStatus, GlyphlabError } from '../contract/index.ts'
import type { ArchitectureInput } from './architectures/architecture.ts'
import { backends } from './backends/index.ts'

/** A model whose training step is to be timed. */
export interface StepTimingRequest {
  architecture: string
  input: ArchitectureInput
  batchSize: number
}

/** Whether a backend works here. */
export type ProbedBackend = Omit<BackendStatus, 'install'>

/** What the probe process is asked for. */
export interface ProbeRequest {
  backend: BackendId
  timing: StepTimingRequest | null
  /** Where the app installs backends. */
  packagesDirectory: string
}

export interface ProbeReply {
  status: ProbedBackend
  /** Median of a few steps, in ms; null where none were asked for or the backend is not available. */
  msPerStep: number | null
}

export interface ProbeOptions {
  /** `probe-worker.ts`, or what it was built into. */
  workerFile: string
  /** Where the app installs backends. */
  packagesDirectory: string
  execArgv?: string[]
}

const probeTimeoutMs = 60_000

/**
 * Finds out which backends work here, each in a process of its own. Never throws: a backend that crashes, hangs or is
 * missing is one that is not available, with the reason.
 */
export function probeBackends(options: ProbeOptions): Promise<ProbedBackend[]> {
  return Promise.all(backends.map(({ id }) => probeBackend(id, options)))
}

/** As `probeBackends`, of one. */
export async function probeBackend(backend: BackendId, options: ProbeOptions): Promise<ProbedBackend> {
  return (await probe({ backend, timing: null }, options)).status
}

/**
 * Times a few real steps of a model on each backend, one after the other, and takes the fastest.
 * @throws GlyphlabError UNAVAILABLE when no backend works
 */
export async function fastestBackend(
  timing: StepTimingRequest,
  options: ProbeOptions,
): Promise<{ backend: BackendId; timings: Partial<Record<BackendId, number>> }> {
  const timings: Partial<Record<BackendId, number>> = {}
  const problems: string[] = []
  let fastest: BackendId | null = null
  for (const { id } of backends) {
    const { status, msPerStep } = await probe({ backend: id, timing }, options)
    if (msPerStep === null) {
      problems.push(`${status.title}: ${status.detail}`)
      continue
    }
    timings[id] = msPerStep
    if (fastest === null || msPerStep < (timings[fastest] ?? Number.POSITIVE_INFINITY)) fastest = id
  }
  if (fastest === null) {
    throw new GlyphlabError('UNAVAILABLE', `No backend can train here. ${problems.join(' ')}`)
  }
  return { backend: fastest, timings }
}

/** Asks one question of a fresh probe process. */
function probe(
  asked: Omit<ProbeRequest, 'packagesDirectory'>,
  { workerFile, packagesDirectory, execArgv = [] }: ProbeOptions,
): Promise<ProbeReply> {
  const request: ProbeRequest = { ...asked, packagesDirectory }
  const { id, title } = backends.find((backend) => backend.id === request.backend) ?? {
    id: request.backend,
    title: request.backend,
  }
  return new Promise((resolve) => {
    const child = fork(workerFile, [], {
      execArgv,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    const lastWords: string[] = []
    const timer = setTimeout(() => {
      fail(`it gave no answer within ${probeTimeoutMs / 1000} s`)
      child.kill('SIGKILL')
    }, probeTimeoutMs)
    const settle = (reply: ProbeReply) => {
      clearTimeout(timer)
      resolve(reply)
    }
    const fail = (reason: string) =>
      settle({ status: { id, title, available: false, detail: `not available: ${reason}` }, msPerStep: null })

    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      lastWords.push(text)
      if (lastWords.length > 20) lastWords.shift()
    })
    child.once('message', (reply: ProbeReply) => settle(reply))
    child.once('error', (cause) => fail(cause.message))
    child.once('close', (code, signal) => {
      const line = lastWords.join('').trim().split('\n').at(-1) ?? ''
      fail(`its process ended with ${signal ?? `code ${code}`}${line ? ` (${line.slice(0, 200)})` : ''}`)
    })
    child.send(request, (cause) => cause && fail(cause.message))
  })
}

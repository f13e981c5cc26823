import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import {
  GlyphlabError,
  type KeptInputs,
  type LiveNumbers,
  type LocalDeployment,
  type LocalDeploymentDetails,
  localDeployment,
} from '../contract/index.ts'
import { type BundleSubject, writeLocalBundle } from '../deploy/index.ts'
import { addKey } from '../serving/api-keys.ts'
import { serverProgram } from './resources.ts'
import { percentileMs, readCounters, type ServerCounters } from './server-metrics.ts'
import { ServerProcess } from './server-process.ts'

const logLines = 2_000
const readEveryMs = 2_000
const readingsKept = 300
const stopGraceMs = 10_000
/** A server that ends by itself is started again so many times; one that was ready for a minute begins anew. */
const restartsAtMost = 3
const steadyAfterMs = 60_000
const restartAfterMs = [500, 2_000, 5_000]

export interface LocalRequest {
  reference: string
  /** 0: a free one. */
  port: number
  keptInputs: KeptInputs
  lowConfidence: number
  keys: boolean
}

interface Deployment {
  facts: Omit<LocalDeployment, 'numbers'>
  folder: string
  request: Pick<LocalRequest, 'port' | 'keptInputs' | 'lowConfidence'>
  process: ServerProcess | null
  port: number
  readyAt: number | null
  recentRestarts: number
  timer: NodeJS.Timeout | null
  log: string[]
  readings: ServerCounters[]
  /** For the app's own look at the figures, where keys are wanted. */
  metricsKey: string | null
  stopRequested: boolean
}

const savedFile = 'deployment.json'
const savedDeployment = localDeployment.omit({ numbers: true })

/** The inference servers that the app runs on this machine. They end with it; their prediction logs stay until they are removed. */
export class LocalDeployments {
  readonly #root: string
  readonly #subject: (reference: string) => Promise<BundleSubject>
  readonly #deployments = new Map<string, Deployment>()

  /** @param subject what a bundle of a reference holds */
  constructor(home: string, subject: (reference: string) => Promise<BundleSubject>) {
    this.#root = path.join(home, 'deployments')
    this.#subject = subject
    for (const facts of savedIn(this.#root)) this.#deployments.set(facts.id, this.#deploymentOf(facts))
  }

  /** The newest first. */
  list(): LocalDeployment[] {
    return [...this.#deployments.values()]
      .map((deployment) => ({ ...deployment.facts, numbers: numbersOf(deployment) }))
      .sort((a, b) => b.startedAt - a.startedAt)
  }

  details(id: string): LocalDeploymentDetails {
    const { log, readings } = this.#find(id)
    return {
      log,
      series: readings.slice(1).map((reading, i) => {
        const before = readings[i] ?? reading
        const seconds = Math.max(0.001, (reading.at - before.at) / 1000)
        return {
          at: reading.at,
          requestsPerSecond: Math.max(0, reading.requests - before.requests) / seconds,
          p95Ms: percentileMs(before, reading, 0.95),
        }
      }),
    }
  }

  /** Prepares and starts a server; it is listed at once. @returns its id, and the key where keys are wanted: shown once */
  async start(request: LocalRequest): Promise<{ id: string; key: string | null }> {
    const { reference, keptInputs, port } = request
    const id = this.#freeId(reference)
    const folder = path.join(this.#root, id)
    mkdirSync(folder, { recursive: true })
    const deployment = this.#deploymentOf({
      id,
      reference,
      name: reference,
      version: null,
      state: 'preparing',
      message: 'Asking the model for its golden answers.',
      address: null,
      keysWanted: request.keys,
      keptInputs,
      startedAt: Date.now(),
      restarts: 0,
      lastError: null,
      logDirectory: path.join(folder, 'predictions'),
    })
    deployment.request = request
    deployment.port = port
    this.#deployments.set(id, deployment)
    const key = request.keys ? await this.#makeKeys(deployment) : null
    await this.#save(deployment)
    void this.#prepare(deployment).catch((cause: unknown) => this.#fail(deployment, wordsOf(cause)))
    return { id, key }
  }

  /** @throws GlyphlabError NOT_FOUND */
  async stop(id: string): Promise<void> {
    await this.#end(this.#find(id), 'Stopped.')
  }

  /** Forgets a server with its prediction log. @throws GlyphlabError NOT_FOUND */
  async remove(id: string): Promise<void> {
    const deployment = this.#find(id)
    await this.#end(deployment, 'Stopped.')
    this.#deployments.delete(id)
    await rm(deployment.folder, { recursive: true, force: true })
  }

  async close(): Promise<void> {
    const all = [...this.#deployments.values()].filter(({ facts }) => facts.state !== 'stopped')
    await Promise.all(all.map((deployment) => this.#end(deployment, 'Stopped when the app ended.')))
  }

  #find(id: string): Deployment {
    const deployment = this.#deployments.get(id)
    if (deployment) return deployment
    throw new GlyphlabError(
      'NOT_FOUND',
      `There is no local server ${id}. "glyphlab deploy local" lists them.`,
    )
  }

  #freeId(reference: string): string {
    const stem = reference.replace(/[^\w.-]+/g, '-').replace(/^[.-]+/, '') || 'server'
    for (let number = 1; ; number++) {
      const id = `${stem}-${number}`
      if (!this.#deployments.has(id) && !existsSync(path.join(this.#root, id))) return id
    }
  }

  #deploymentOf(facts: Deployment['facts']): Deployment {
    return {
      facts,
      folder: path.join(this.#root, facts.id),
      request: { port: 0, keptInputs: facts.keptInputs, lowConfidence: 0.8 },
      process: null,
      port: 0,
      readyAt: null,
      recentRestarts: 0,
      timer: null,
      log: [],
      readings: [],
      metricsKey: null,
      stopRequested: false,
    }
  }

  async #makeKeys(deployment: Deployment): Promise<string> {
    const file = path.join(deployment.folder, 'keys.json')
    const limits = { ratePerSecond: null, burst: null, expires: null }
    const own = await addKey(file, { name: 'this app', scopes: ['metrics'], ...limits })
    const given = await addKey(file, { name: 'local', scopes: ['predict'], ...limits })
    deployment.metricsKey = own.key
    return given.key
  }

  async #prepare(deployment: Deployment): Promise<void> {
    const { folder, facts } = deployment
    const subject = await this.#subject(facts.reference)
    if (deployment.stopRequested) return
    const bundle = path.join(folder, 'bundle')
    await rm(bundle, { recursive: true, force: true })
    const { name, version } = await writeLocalBundle(subject, bundle)
    Object.assign(facts, { name, version: String(version) })
    if (!deployment.stopRequested) this.#run(deployment)
  }

  #run(deployment: Deployment): void {
    const { facts, folder, request } = deployment
    const keys = facts.keysWanted ? { GLYPHLAB_KEYS_FILE: path.join(folder, 'keys.json') } : {}
    this.#say(deployment, 'starting', 'The server checks itself with its golden answers.')
    deployment.readings = []
    deployment.process = new ServerProcess({
      programFile: serverProgram,
      env: {
        ...keys,
        GLYPHLAB_BUNDLE: path.join(folder, 'bundle'),
        HOST: '127.0.0.1',
        PORT: String(deployment.port),
        GLYPHLAB_PREDICTION_LOG: facts.logDirectory,
        GLYPHLAB_PREDICTION_LOG_INPUTS: request.keptInputs,
        GLYPHLAB_PREDICTION_LOG_LOW_CONFIDENCE: String(request.lowConfidence),
      },
      onListening: (port) => {
        deployment.port = port
        facts.address = `http://127.0.0.1:${port}`
      },
      onReady: () => {
        deployment.readyAt = Date.now()
        this.#say(deployment, 'ready', 'Answers requests.')
        deployment.timer = setInterval(() => void this.#read(deployment), readEveryMs)
        deployment.timer.unref()
        void this.#read(deployment)
        void this.#save(deployment)
      },
      onLine: (line) => {
        deployment.log.push(line)
        if (deployment.log.length > logLines) deployment.log.shift()
      },
      onEnd: (how) => this.#ended(deployment, how),
    })
  }

  #ended(deployment: Deployment, how: string): void {
    const { facts, readyAt } = deployment
    if (deployment.timer) clearInterval(deployment.timer)
    deployment.timer = null
    deployment.process = null
    deployment.readyAt = null
    if (deployment.stopRequested) return
    facts.lastError = how
    const wasReady = readyAt !== null
    if (wasReady && Date.now() - readyAt > steadyAfterMs) deployment.recentRestarts = 0
    const wait = restartAfterMs[deployment.recentRestarts]
    if (!wasReady || deployment.recentRestarts >= restartsAtMost || wait === undefined) {
      this.#fail(deployment, `The server is not running: ${how}.`)
      return
    }
    deployment.recentRestarts += 1
    facts.restarts += 1
    this.#say(deployment, 'starting', `The server crashed (${how}) and is being started again.`)
    deployment.timer = setTimeout(() => this.#run(deployment), wait)
    deployment.timer.unref()
  }

  async #read(deployment: Deployment): Promise<void> {
    const { facts, metricsKey } = deployment
    if (facts.address === null) return
    try {
      const headers: Record<string, string> =
        metricsKey === null ? {} : { authorization: `Bearer ${metricsKey}` }
      const options = { headers, signal: AbortSignal.timeout(readEveryMs) }
      const response = await fetch(`${facts.address}/metrics`, options)
      const text = await response.text()
      if (!response.ok) return
      deployment.readings.push(readCounters(text, Date.now()))
      if (deployment.readings.length > readingsKept) deployment.readings.shift()
    } catch {
      // It is ending, or too busy to say; the next look is soon.
    }
  }

  async #end(deployment: Deployment, message: string): Promise<void> {
    if (deployment.timer) clearTimeout(deployment.timer)
    deployment.timer = null
    deployment.stopRequested = true
    if (deployment.process) this.#say(deployment, 'stopping', 'Lets running requests end.')
    await deployment.process?.stop(stopGraceMs)
    const { facts } = deployment
    facts.address = null
    if (facts.state !== 'failed') this.#say(deployment, 'stopped', message)
    if (!this.#deployments.has(facts.id)) return
    await rm(path.join(deployment.folder, 'bundle'), { recursive: true, force: true })
    await this.#save(deployment)
  }

  #fail(deployment: Deployment, message: string): void {
    deployment.facts.address = null
    deployment.facts.lastError ??= message
    this.#say(deployment, 'failed', message)
    void this.#save(deployment)
  }

  #say(deployment: Deployment, state: LocalDeployment['state'], message: string): void {
    Object.assign(deployment.facts, { state, message })
  }

  async #save({ folder, facts }: Deployment): Promise<void> {
    if (existsSync(folder)) await writeFile(path.join(folder, savedFile), `${JSON.stringify(facts)}\n`)
  }
}

/** What earlier sessions left; none of it runs. */
function savedIn(root: string): Deployment['facts'][] {
  if (!existsSync(root)) return []
  return readdirSync(root).flatMap((name) => {
    const file = path.join(root, name, savedFile)
    if (!existsSync(file)) return []
    try {
      const facts = savedDeployment.parse(JSON.parse(readFileSync(file, 'utf8')))
      if (facts.state === 'stopped' || facts.state === 'failed') return [facts]
      return [{ ...facts, state: 'stopped' as const, message: 'Ended with the app.', address: null }]
    } catch (cause) {
      if (cause instanceof z.ZodError || cause instanceof SyntaxError) return []
      throw cause
    }
  })
}

function numbersOf({ readings, facts }: Deployment): LiveNumbers | null {
  const latest = readings.at(-1)
  if (!latest || facts.state !== 'ready') return null
  const minute = readings.find(({ at }) => latest.at - at <= 60_000) ?? latest
  const seconds = (latest.at - minute.at) / 1000
  return {
    requests: latest.requests,
    failures: latest.failures,
    refused: latest.refused,
    requestsPerSecond: seconds > 0 ? (latest.requests - minute.requests) / seconds : 0,
    p50Ms: percentileMs(minute, latest, 0.5),
    p95Ms: percentileMs(minute, latest, 0.95),
    drift: latest.drift,
  }
}

const wordsOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

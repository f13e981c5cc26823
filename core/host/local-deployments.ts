import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import {
  type DeploymentPlace,
  GlyphlabError,
  type KeptInputs,
  type LiveNumbers,
  type LocalDeployment,
  type LocalDeploymentDetails,
  localDeployment,
} from '../contract/index.ts'
import { type BundleSubject, writeLocalBundle } from '../deploy/index.ts'
import { addKey } from '../serving/api-keys.ts'
import { buildImage } from './docker/build-image.ts'
import { docker } from './docker/docker.ts'
import {
  type ContainerOwner,
  findContainer,
  removeContainer,
  runContainer,
  triedImage,
} from './docker/local-container.ts'
import { ServerContainer } from './docker/server-container.ts'
import { serverProgram } from './resources.ts'
import { percentileMs, readCounters, type ServerCounters } from './server-metrics.ts'
import { type ServerHooks, ServerProcess } from './server-process.ts'

const logLines = 2_000
const readEveryMs = 2_000
const readingsKept = 300
const stopGraceMs = 10_000
/** Nobody waits longer for a server that was told to stop here; it has 2 s then to write its logs. */
const drainMs = String(stopGraceMs - 2_000)
/** A container that runs already is ready at once, or is listed as it is. */
const foundWithinMs = 3_000
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
  place: DeploymentPlace
}

interface BuildHooks {
  signal: AbortSignal
  onLine(line: string): void
  /** `value`: 0..1 */
  onProgress(value: number, message: string): void
}

/** What the app gives. */
interface Sources {
  /** What a bundle of a reference holds. */
  subject(reference: string): Promise<BundleSubject>
  /** Writes a whole bundle for Docker. */
  exportTo(
    reference: string,
    directory: string,
    hooks: Omit<BuildHooks, 'onLine'>,
  ): Promise<{ bundle: { manifest: { name: string; version: string | number } } }>
  /** Adds the job that calls `build`. @returns its id */
  queueBuild(id: string, reference: string): string
  cancelBuild(jobId: string): void
}

interface Deployment {
  facts: Omit<LocalDeployment, 'numbers'>
  folder: string
  request: Pick<LocalRequest, 'port' | 'keptInputs' | 'lowConfidence'>
  server: ServerProcess | ServerContainer | null
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
const keysDirectory = 'keys'
const metricsKeyFile = 'metrics-key'

/**
 * The inference servers that the app runs on this machine. Processes end with it, containers go on and are found again;
 * their prediction logs stay until they are removed.
 */
export class LocalDeployments {
  readonly #root: string
  readonly #home: string
  readonly #sources: Sources
  readonly #deployments = new Map<string, Deployment>()
  /** Settled once the containers of an earlier start were looked for. */
  readonly found: Promise<void>

  constructor(home: string, sources: Sources) {
    this.#home = home
    this.#root = path.join(home, 'deployments')
    this.#sources = sources
    for (const facts of savedIn(this.#root)) this.#deployments.set(facts.id, this.#deploymentOf(facts))
    const running = [...this.#deployments.values()].filter(({ facts }) => facts.state === 'starting')
    this.found = Promise.all(running.map((deployment) => this.#findAgain(deployment))).then(() => {})
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
      place: request.place,
      jobId: null,
      image: null,
      container: null,
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
    if (request.place === 'container') deployment.facts.jobId = this.#sources.queueBuild(id, reference)
    this.#save(deployment)
    if (request.place === 'container') return { id, key }
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
    if (deployment.facts.container !== null || deployment.facts.image !== null)
      await removeContainer(this.#ownerOf(deployment))
    this.#deployments.delete(id)
    await rm(deployment.folder, { recursive: true, force: true })
  }

  async close(): Promise<void> {
    await this.found
    const all = [...this.#deployments.values()].filter(({ facts }) => facts.state !== 'stopped')
    await Promise.all(
      all.map((deployment) =>
        deployment.facts.place === 'container'
          ? this.#letGo(deployment)
          : this.#end(deployment, 'Stopped when the app ended.'),
      ),
    )
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
      server: null,
      port: 0,
      readyAt: null,
      recentRestarts: 0,
      timer: null,
      log: [],
      readings: [],
      metricsKey: savedKey(path.join(this.#root, facts.id)),
      stopRequested: false,
    }
  }

  async #makeKeys(deployment: Deployment): Promise<string> {
    const file = path.join(deployment.folder, keysDirectory, 'keys.json')
    mkdirSync(path.dirname(file), { recursive: true })
    const limits = { ratePerSecond: null, burst: null, expires: null }
    const own = await addKey(file, { name: 'this app', scopes: ['metrics'], ...limits })
    const given = await addKey(file, { name: 'local', scopes: ['predict'], ...limits })
    deployment.metricsKey = own.key
    // For the next start of the app, which finds the container again.
    if (deployment.facts.place === 'container')
      await writeFile(path.join(deployment.folder, metricsKeyFile), own.key, { mode: 0o600 })
    return given.key
  }

  async #prepare(deployment: Deployment): Promise<void> {
    const { folder, facts } = deployment
    const subject = await this.#sources.subject(facts.reference)
    if (deployment.stopRequested) return
    const bundle = path.join(folder, 'bundle')
    await rm(bundle, { recursive: true, force: true })
    const { name, version } = await writeLocalBundle(subject, bundle)
    Object.assign(facts, { name, version: String(version) })
    if (!deployment.stopRequested) this.#run(deployment)
  }

  /**
   * Exports the bundle of a deployment that is to be a container, builds its image and runs it; resolves when it is ready.
   * @throws GlyphlabError UNAVAILABLE with Docker's or the server's last words; CANCELLED; NOT_FOUND
   */
  async build(id: string, { signal, onLine, onProgress }: BuildHooks): Promise<void> {
    const deployment = this.#find(id)
    const { facts, folder } = deployment
    const owner = this.#ownerOf(deployment)
    const bundle = path.join(folder, 'bundle')
    if (deployment.server) await this.#end(deployment, 'Built anew.')
    deployment.stopRequested = false
    const show = (value: number, message: string) => {
      this.#say(deployment, 'preparing', `${message}.`)
      onProgress(value, message)
    }
    const hear = (line: string) => {
      this.#hear(deployment, line)
      onLine(line)
    }
    try {
      await rm(bundle, { recursive: true, force: true })
      const written = await this.#sources.exportTo(facts.reference, bundle, {
        signal,
        onProgress: (value, message) => show(0.3 * value, message),
      })
      const { name, version } = written.bundle.manifest
      Object.assign(facts, { name, version: String(version), lastError: null })
      show(0.3, 'Building the image')
      await buildImage(bundle, triedImage(owner), {
        signal,
        onLine: hear,
        onProgress: (value, message) => show(0.3 + 0.6 * value, message),
      })
      facts.image = triedImage(owner)
      onProgress(0.9, 'Waiting until the container has checked itself')
      signal.throwIfAborted()
      this.#run(deployment)
      await this.#untilReady(deployment, signal)
    } catch (cause) {
      if (deployment.server) await this.#end(deployment, 'Called off.')
      else await this.#clear(deployment, hear)
      const over = facts.state === 'stopped' || facts.state === 'failed'
      if (!over && (signal.aborted || deployment.stopRequested))
        this.#say(deployment, 'stopped', 'The build was called off.')
      else if (!over) this.#fail(deployment, wordsOf(cause))
      this.#save(deployment)
      throw cause
    } finally {
      await rm(bundle, { recursive: true, force: true })
    }
  }

  /** A job that builds was cancelled, maybe before it began. */
  calledOff(jobId: string): void {
    const deployment = [...this.#deployments.values()].find(({ facts }) => facts.jobId === jobId)
    if (deployment?.facts.state !== 'preparing') return
    this.#say(deployment, 'stopped', 'The build was called off.')
    this.#save(deployment)
  }

  /** Takes away what a build that came to nothing left, so that the next one starts anew. */
  async #clear(deployment: Deployment, onLine: (line: string) => void): Promise<void> {
    Object.assign(deployment.facts, { image: null, container: null })
    await removeContainer(this.#ownerOf(deployment)).catch((cause: unknown) => onLine(wordsOf(cause)))
  }

  async #untilReady({ facts }: Deployment, signal: AbortSignal): Promise<void> {
    while (facts.state !== 'ready') {
      if (signal.aborted) throw new GlyphlabError('CANCELLED', 'The start was called off.')
      if (facts.state === 'failed' || facts.state === 'stopped')
        throw new GlyphlabError('UNAVAILABLE', facts.message)
      await sleep(50)
    }
  }

  #ownerOf({ facts }: Deployment): ContainerOwner {
    return { home: this.#home, deployment: facts.id }
  }

  /** Takes up a container that outlived the app. */
  async #findAgain(deployment: Deployment): Promise<void> {
    const { facts } = deployment
    try {
      const container = await findContainer(this.#ownerOf(deployment))
      if (container === null) {
        this.#fail(deployment, 'Its container ended while the app was not running.')
        return
      }
      facts.container = container
      deployment.server = new ServerContainer({
        begin: () => Promise.resolve(container),
        ...this.#hooksOf(deployment),
      })
      await this.#untilReady(deployment, AbortSignal.timeout(foundWithinMs))
    } catch (cause) {
      if (deployment.server) return
      this.#fail(deployment, `Its container can't be looked for. ${wordsOf(cause)}`)
    }
  }

  /** Leaves a container running when the app ends. */
  async #letGo(deployment: Deployment): Promise<void> {
    if (deployment.timer) clearTimeout(deployment.timer)
    deployment.timer = null
    if (!(deployment.server instanceof ServerContainer)) return
    this.#save(deployment)
    await deployment.server.letGo()
  }

  #hear({ log }: Deployment, line: string): void {
    log.push(line)
    if (log.length > logLines) log.shift()
  }

  #run(deployment: Deployment): void {
    const { facts, folder, request } = deployment
    this.#say(deployment, 'starting', 'The server checks itself with its golden answers.')
    deployment.readings = []
    const env = {
      GLYPHLAB_PREDICTION_LOG_INPUTS: request.keptInputs,
      GLYPHLAB_PREDICTION_LOG_LOW_CONFIDENCE: String(request.lowConfidence),
    }
    const hooks = this.#hooksOf(deployment)
    if (facts.place === 'container') {
      const { logDirectory, keysWanted, container } = facts
      const owner = this.#ownerOf(deployment)
      const begin = async () => {
        if (container !== null) await docker(['start', container])
        facts.container =
          container ??
          (await runContainer({
            owner,
            folder,
            logDirectory,
            keysWanted,
            port: deployment.port,
            env: { GLYPHLAB_LAME_DUCK_MS: '0', GLYPHLAB_DRAIN_MS: drainMs, ...env },
          }))
        this.#save(deployment)
        return facts.container
      }
      deployment.server = new ServerContainer({ begin, ...hooks })
      return
    }
    const keys = facts.keysWanted ? { GLYPHLAB_KEYS_FILE: path.join(folder, keysDirectory, 'keys.json') } : {}
    deployment.server = new ServerProcess({
      programFile: serverProgram,
      env: {
        ...keys,
        GLYPHLAB_DRAIN_MS: drainMs,
        ...env,
        GLYPHLAB_BUNDLE: path.join(folder, 'bundle'),
        HOST: '127.0.0.1',
        PORT: String(deployment.port),
        GLYPHLAB_PREDICTION_LOG: facts.logDirectory,
      },
      ...hooks,
    })
  }

  #hooksOf(deployment: Deployment): ServerHooks {
    const { facts } = deployment
    return {
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
        this.#save(deployment)
      },
      onLine: (line) => this.#hear(deployment, line),
      onEnd: (how) => this.#ended(deployment, how),
    }
  }

  #ended(deployment: Deployment, how: string): void {
    const { facts, readyAt } = deployment
    if (deployment.timer) clearInterval(deployment.timer)
    deployment.timer = null
    deployment.server = null
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
    if (deployment.facts.jobId !== null && deployment.facts.state === 'preparing')
      this.#sources.cancelBuild(deployment.facts.jobId)
    if (deployment.server) this.#say(deployment, 'stopping', 'Lets running requests end.')
    await deployment.server?.stop(stopGraceMs)
    const { facts } = deployment
    facts.address = null
    if (facts.image !== null) {
      await removeContainer(this.#ownerOf(deployment))
      Object.assign(facts, { image: null, container: null })
    }
    if (facts.state !== 'failed') this.#say(deployment, 'stopped', message)
    if (!this.#deployments.has(facts.id)) return
    await rm(path.join(deployment.folder, 'bundle'), { recursive: true, force: true })
    this.#save(deployment)
  }

  #fail(deployment: Deployment, message: string): void {
    deployment.facts.address = null
    deployment.facts.lastError ??= message
    this.#say(deployment, 'failed', message)
    this.#save(deployment)
  }

  #say(deployment: Deployment, state: LocalDeployment['state'], message: string): void {
    Object.assign(deployment.facts, { state, message })
  }

  /** In one step, and before anything else goes on: a file that was cut off would lose the deployment. */
  #save({ folder, facts }: Deployment): void {
    if (!existsSync(folder)) return
    const file = path.join(folder, savedFile)
    writeFileSync(`${file}.new`, `${JSON.stringify(facts)}\n`)
    renameSync(`${file}.new`, file)
  }
}

/** What earlier sessions left; none of it runs. Of one that was killed, the bundle goes; its log stays. */
function savedIn(root: string): Deployment['facts'][] {
  if (!existsSync(root)) return []
  return readdirSync(root).flatMap((name) => {
    const file = path.join(root, name, savedFile)
    rmSync(path.join(root, name, 'bundle'), { recursive: true, force: true })
    if (!existsSync(file)) return []
    try {
      const facts = savedDeployment.parse(JSON.parse(readFileSync(file, 'utf8')))
      if (facts.state === 'stopped' || facts.state === 'failed') return [facts]
      if (facts.place === 'container' && facts.container !== null)
        return [
          { ...facts, state: 'starting' as const, message: 'Looking for its container.', address: null },
        ]
      return [{ ...facts, state: 'stopped' as const, message: 'Ended with the app.', address: null }]
    } catch (cause) {
      if (cause instanceof z.ZodError || cause instanceof SyntaxError) return []
      throw cause
    }
  })
}

/** The key by which the app reads the figures of a container that outlived it. */
function savedKey(folder: string): string | null {
  const file = path.join(folder, metricsKeyFile)
  return existsSync(file) ? readFileSync(file, 'utf8') : null
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

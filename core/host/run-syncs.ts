import { createHash } from 'node:crypto'
import type { Logger } from 'pino'
import { GlyphlabError, type Run, type RunSync, type ServerAccess } from '../contract/index.ts'
import type { RunStore } from '../store/run-store.ts'
import type { SyncStore } from '../store/sync-store.ts'
import type { EventBus } from './event-bus.ts'
import { type ServerAccesses, serverAddress } from './server-access.ts'

/** Runs that log change many times a second; a server gets them so long after a change. */
const settleMs = 3_000
/** Sending takes at most about this share of the time. */
const restShare = 4
const firstRetryMs = 5_000
const longestRetryMs = 5 * 60_000
/** After so many runs it is kept that the server has them. */
const runsAtOnce = 50
const runsLookedAt = 500
const warningsKept = 100

interface Syncing {
  /** Something may have changed since the last look began. */
  isDirty: boolean
  timer: NodeJS.Timeout | undefined
  abort: AbortController
  retryMs: number
  isSending: boolean
  /** Of what was sent last. */
  warnings: string[]
  work: Promise<void>
}

interface SyncContext {
  syncs: SyncStore
  runs: RunStore
  access: ServerAccesses
  events: EventBus
  log: Logger
  /** Whether that is this engine's own address. */
  isOwn(url: string): boolean
  /**
   * Sends runs whole; the server keeps what it has.
   * @returns what it could not be given
   * @throws GlyphlabError UNAVAILABLE, FORBIDDEN; CANCELLED when `signal` aborts
   */
  send(runIds: string[], url: string, signal: AbortSignal): Promise<string[]>
}

/** Keeps MLflow servers up to date: each gets the runs that have changed, again after a start and when it was away. */
export class RunSyncs {
  private readonly context: SyncContext
  private readonly syncing = new Map<string, Syncing>()
  private stopListening: () => void = () => {}

  constructor(context: SyncContext) {
    this.context = context
  }

  /** Takes up what was kept up to date before the last end. */
  open(): void {
    for (const { id } of this.context.syncs.list()) this.begin(id)
  }

  list(): RunSync[] {
    return this.context.syncs.list().map(({ id }) => this.shown(id))
  }

  private shown(id: string): RunSync {
    const stored = this.context.syncs.get(id)
    const { isSending = false, warnings = [] } = this.syncing.get(id) ?? {}
    return { ...stored, sending: isSending, warnings, access: this.accessKind(stored.url) }
  }

  private accessKind(url: string): RunSync['access'] {
    try {
      return this.context.access.of(url).kind
    } catch (cause) {
      // A damaged file of passwords is named when runs are sent; what is there can be looked at and removed.
      this.context.log.warn({ err: cause, server: url }, 'how it is told who asks is not known')
      return 'none'
    }
  }

  private changed(id: string): void {
    this.context.events.emit({ type: 'sync.changed', syncId: id })
  }

  /** @param access undefined: as it is kept @throws GlyphlabError INVALID_INPUT, NOT_FOUND */
  add(target: string, experiment: string | null, access?: ServerAccess): RunSync {
    const { syncs, runs, isOwn } = this.context
    const address = serverAddress(target)
    if (isOwn(address))
      throw new GlyphlabError(
        'INVALID_INPUT',
        `${address} is Glyphlab itself. Write the address of another server.`,
      )
    if (experiment !== null && !runs.experiments.findByName(experiment))
      throw new GlyphlabError('NOT_FOUND', `There is no experiment named "${experiment}".`)
    if (access) this.context.access.set(address, access)
    const { id } = syncs.put(address, experiment)
    this.end(id)
    this.begin(id)
    this.changed(id)
    return this.shown(id)
  }

  /** @throws GlyphlabError NOT_FOUND */
  now(id: string): RunSync {
    const { syncs } = this.context
    syncs.get(id)
    const syncing = this.syncing.get(id)
    if (!syncing) this.begin(id)
    else if (syncing.isSending) syncing.isDirty = true
    else {
      clearTimeout(syncing.timer)
      syncing.timer = undefined
      syncing.retryMs = firstRetryMs
      this.sendLater(id, 0)
    }
    return this.shown(id)
  }

  /** What the server has stays there; its password or token is forgotten with the last sync of its address. @throws GlyphlabError NOT_FOUND */
  remove(id: string): void {
    const { syncs, access, log } = this.context
    const { url } = syncs.get(id)
    syncs.remove(id)
    this.end(id)
    this.changed(id)
    if (syncs.list().some((other) => other.url === url)) return
    try {
      access.set(url, { kind: 'none' })
    } catch (cause) {
      log.warn({ err: cause, server: url }, 'its password or token could not be removed')
      throw cause
    }
  }

  private begin(id: string): void {
    if (this.syncing.size === 0)
      this.stopListening = this.context.events.listen(({ type }) => {
        if (type !== 'run.changed' && type !== 'run.metricsLogged') return
        for (const [other, syncing] of this.syncing) {
          syncing.isDirty = true
          if (!syncing.isSending) this.sendLater(other, settleMs)
        }
      })
    this.syncing.set(id, {
      isDirty: true,
      timer: undefined,
      abort: new AbortController(),
      retryMs: firstRetryMs,
      isSending: false,
      warnings: [],
      work: Promise.resolve(),
    })
    this.sendLater(id, 0)
  }

  private end(id: string): void {
    const syncing = this.syncing.get(id)
    this.syncing.delete(id)
    clearTimeout(syncing?.timer)
    syncing?.abort.abort()
    if (this.syncing.size === 0) this.stopListening()
  }

  private sendLater(id: string, afterMs: number): void {
    const syncing = this.syncing.get(id)
    if (!syncing || syncing.timer !== undefined) return
    syncing.timer = setTimeout(() => {
      syncing.timer = undefined
      syncing.work = this.send(id, syncing)
    }, afterMs).unref()
  }

  private async send(id: string, syncing: Syncing): Promise<void> {
    const { syncs, log } = this.context
    const from = performance.now()
    syncing.isSending = true
    syncing.isDirty = false
    this.changed(id)
    let next = 0
    try {
      await this.sendChanged(id, syncing)
      syncing.retryMs = firstRetryMs
      if (!syncing.isDirty) return
      next = Math.max(settleMs, restShare * (performance.now() - from))
    } catch (cause) {
      if (syncing.abort.signal.aborted) return
      const { url } = syncs.get(id)
      log.warn({ err: cause, server: url }, 'a server could not be sent the runs; it is tried again')
      try {
        syncs.failed(id, cause instanceof GlyphlabError ? cause.message : "The engine's log has more.")
      } catch (fault) {
        log.warn({ err: fault, server: url }, 'that could not be kept')
      }
      next = syncing.retryMs
      syncing.retryMs = Math.min(2 * syncing.retryMs, longestRetryMs)
    } finally {
      syncing.isSending = false
      if (!syncing.abort.signal.aborted) this.changed(id)
      if (next > 0 && !syncing.abort.signal.aborted) this.sendLater(id, next)
    }
  }

  /** Sends the runs that are otherwise than the server has them. */
  private async sendChanged(id: string, syncing: Syncing): Promise<void> {
    const { signal } = syncing.abort
    const { syncs, runs, send } = this.context
    const { url } = syncs.get(id)
    const known = syncs.prints(id)
    const wanted = syncs.runsOf(id)
    let changed: { run: number; uid: string; print: string }[] = []
    let warnings: string[] = []
    const sendThem = async () => {
      const more = await send(
        changed.map(({ uid }) => uid),
        url,
        signal,
      )
      warnings = [...warnings, ...more].slice(0, warningsKept)
      syncing.warnings = warnings
      syncs.sent(id, changed)
      changed = []
    }
    for (let at = 0; at < wanted.length; at += runsLookedAt) {
      const rows = wanted.slice(at, at + runsLookedAt)
      for (const run of runs.byIds(rows)) {
        const row = runs.idOf(run.id)
        const print = printOf(run)
        if (known.get(row) === print) continue
        changed.push({ run: row, uid: run.id, print })
        if (changed.length >= runsAtOnce) await sendThem()
      }
      await new Promise(setImmediate)
      signal.throwIfAborted()
    }
    if (changed.length > 0) await sendThem()
    else syncs.sent(id, [])
  }

  async close(): Promise<void> {
    const work = [...this.syncing.values()].map((syncing) => syncing.work)
    for (const id of [...this.syncing.keys()]) this.end(id)
    await Promise.all(work)
  }
}

/** Of all that a server gets of a run. */
function printOf({
  name,
  status,
  lifecycle,
  endTime,
  params,
  tags,
  metrics,
  artifacts,
  environment,
}: Run): string {
  const facts = [name, status, lifecycle, endTime, params, tags, metrics, artifacts, environment]
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32)
}

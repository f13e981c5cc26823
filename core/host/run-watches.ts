import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { GlyphlabError, type RunWatch } from '../contract/index.ts'
import { storageError } from '../domain/disk-full.ts'
import type { WatchStore } from '../store/watch-store.ts'
import { importRunsOf } from './jobs/run-import-job.ts'
import type { Services } from './services.ts'
import { watchSource } from './source-watcher.ts'

/** An import takes at most about this share of the time. */
const restShare = 4
/** Who wrote within two minutes may still be running: after them the source is read again, to learn that it has ended. */
const endedMs = 130_000

interface Watching {
  stop(): void
  abort: AbortController
  importing: boolean
  /** Settles when what is under way has ended. */
  work: Promise<void>
  again: NodeJS.Timeout | undefined
}

/** Keeps other programs' folders live. The importers add only what is new, so each change is an import of the whole. */
export class RunWatches {
  private readonly services: () => Services
  private readonly watches: WatchStore
  private readonly watching = new Map<string, Watching>()

  constructor(services: () => Services, watches: WatchStore) {
    this.services = services
    this.watches = watches
  }

  /** Takes up what was watched before the last end. */
  open(): void {
    for (const { id } of this.watches.list()) this.begin(id)
  }

  list(): RunWatch[] {
    return this.watches.list().map((watch) => this.shown(watch.id))
  }

  private shown(id: string): RunWatch {
    return { ...this.watches.get(id), importing: this.watching.get(id)?.importing ?? false }
  }

  /** @throws GlyphlabError INVALID_INPUT | NOT_FOUND */
  add({
    path: place,
    kind,
    experiment,
  }: {
    path: string
    kind: string | null
    experiment: string | null
  }): RunWatch {
    if (!path.isAbsolute(place))
      throw new GlyphlabError(
        'INVALID_INPUT',
        `"${place}" is not a full path. Write it from the root of the disk.`,
      )
    const root = path.resolve(place)
    if (!fs.existsSync(root))
      throw new GlyphlabError('NOT_FOUND', `There is no ${root}. Choose a folder or file that is there.`)
    const { id } = this.watches.put({ path: root, kind, experiment })
    this.end(id)
    this.begin(id)
    this.tell(id)
    return this.shown(id)
  }

  /** @throws GlyphlabError NOT_FOUND */
  remove(id: string): void {
    this.watches.get(id)
    this.end(id)
    this.watches.remove(id)
    this.tell(id)
  }

  private end(id: string): void {
    const watching = this.watching.get(id)
    this.watching.delete(id)
    watching?.stop()
    watching?.abort.abort()
    clearTimeout(watching?.again)
  }

  private begin(id: string): void {
    const { path: root } = this.watches.get(id)
    const watching: Watching = {
      stop: () => {},
      abort: new AbortController(),
      importing: false,
      work: Promise.resolve(),
      again: undefined,
    }
    this.watching.set(id, watching)
    watching.stop = watchSource(root, async () => {
      const from = performance.now()
      watching.work = this.import(id, watching, true)
      await watching.work
      return restShare * (performance.now() - from)
    })
  }

  /** @param changed whether there was a change: then it is read again later */
  private async import(id: string, watching: Watching, changed: boolean): Promise<void> {
    const { services, watches } = this
    const { log } = services()
    const { path: root, kind, experiment } = watches.get(id)
    watching.importing = true
    this.tell(id)
    clearTimeout(watching.again)
    try {
      const request = {
        source: { kind: 'path' as const, path: root },
        ...(kind === null ? {} : { kind }),
        ...(experiment === null ? {} : { experiment }),
      }
      const { runs } = await importRunsOf(services(), request, {
        writer: `watch-${randomUUID()}`,
        signal: watching.abort.signal,
        progress: () => {},
        log: (line) => log.debug({ watched: root }, line),
      })
      if (this.watching.get(id) === watching) watches.imported(id, runs)
    } catch (cause) {
      if (watching.abort.signal.aborted) return
      this.note(id, root, cause)
    } finally {
      watching.importing = false
      if (!watching.abort.signal.aborted) this.tell(id)
    }
    if (changed && !watching.abort.signal.aborted) this.readAgain(id, watching)
  }

  /** Keeps why an import failed, for whoever looks; a disk that is full takes no note of it. */
  private note(id: string, root: string, cause: unknown): void {
    const { log } = this.services()
    const known = storageError(cause, root)
    const isKnown = known instanceof GlyphlabError
    log.warn({ err: cause, watched: root }, 'a watched folder could not be imported')
    try {
      this.watches.failed(id, isKnown ? known.message : "It could not be read. The engine's log has more.")
    } catch (fault) {
      log.warn({ err: fault, watched: root }, 'that could not be kept')
    }
  }

  /** Once all is quiet, whatever was running there may have ended without a word. */
  private readAgain(id: string, watching: Watching): void {
    watching.again = setTimeout(() => {
      if (!watching.importing && this.services().runs.hasOpenImports())
        watching.work = this.import(id, watching, false)
    }, endedMs)
    watching.again.unref()
  }

  private tell(id: string): void {
    this.services().events.emit({ type: 'watch.changed', watchId: id })
  }

  /** Ends what is under way; the watches stay for the next start. */
  async close(): Promise<void> {
    const work = [...this.watching.values()].map((watching) => watching.work)
    for (const id of [...this.watching.keys()]) this.end(id)
    await Promise.all(work)
  }
}

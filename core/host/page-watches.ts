import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { GlyphlabError, type PageWatch, type ReadingOptions } from '../contract/index.ts'
import { isPictureName } from '../datasets/formats/picture-name.ts'
import { isJunk } from '../datasets/junk.ts'
import { storageError } from '../domain/disk-full.ts'
import type { PageWatchStore, StampedFile } from '../store/page-watch-store.ts'
import type { EventBus } from './event-bus.ts'
import { watchSource } from './source-watcher.ts'

/** A file that has been the same for so long is written to its end. */
const writtenMs = 1_000
/** More at once than a reading job takes. */
const mostFiles = 10_000

interface WatchContext {
  watches: PageWatchStore
  events: EventBus
  log: Logger
  /** Makes pages of the files and a job that reads them. */
  read(files: readonly string[], options: ReadingOptions): Promise<void>
}

async function picturesIn(folder: string, recursive: boolean): Promise<StampedFile[]> {
  const found: StampedFile[] = []
  const entries = await fs.promises.readdir(folder, { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const place = path.join(folder, entry.name)
    if (isJunk(entry.name)) continue
    if (entry.isDirectory() && recursive) found.push(...(await picturesIn(place, true).catch(() => [])))
    if (!entry.isFile() || !isPictureName(entry.name)) continue
    const facts = await fs.promises.stat(place).catch(() => undefined)
    if (facts) found.push({ path: place, stamp: `${facts.size} ${facts.mtimeMs}` })
  }
  return found
}

/** Reads the pictures that come into folders, each once it is written to its end; nothing is written there. */
export class PageWatches {
  private readonly context: WatchContext
  private readonly watches: PageWatchStore
  private readonly watching = new Map<string, { stop(): void; work: Promise<void> }>()

  constructor(context: WatchContext) {
    this.context = context
    this.watches = context.watches
  }

  /** Takes up what was watched before the last end. */
  open(): void {
    for (const { id } of this.watches.list()) this.begin(id)
  }

  list(): PageWatch[] {
    return this.watches.list()
  }

  /** @throws GlyphlabError INVALID_INPUT | NOT_FOUND */
  async add(wanted: {
    path: string
    recursive: boolean
    options: ReadingOptions
    existing: boolean
  }): Promise<PageWatch> {
    if (!path.isAbsolute(wanted.path))
      throw new GlyphlabError(
        'INVALID_INPUT',
        `"${wanted.path}" is not a full path. Write it from the root of the disk.`,
      )
    const root = path.resolve(wanted.path)
    if (!fs.statSync(root, { throwIfNoEntry: false })?.isDirectory())
      throw new GlyphlabError('NOT_FOUND', `There is no folder ${root}. Choose a folder that is there.`)
    const { id } = this.watches.put({ ...wanted, path: root })
    this.end(id)
    // Noted before anybody is told that it is watched: what comes from then on is new.
    this.watches.fresh(id, await picturesIn(root, wanted.recursive))
    this.begin(id)
    this.tell(id)
    return this.watches.get(id)
  }

  /** @throws GlyphlabError NOT_FOUND */
  remove(id: string): void {
    this.watches.get(id)
    this.end(id)
    this.watches.remove(id)
    this.tell(id)
  }

  /** The watches stay for the next start. */
  async close(): Promise<void> {
    const work = [...this.watching.values()].map((watching) => watching.work)
    for (const id of [...this.watching.keys()]) this.end(id)
    await Promise.all(work)
  }

  private begin(id: string): void {
    const watching = { stop: () => {}, work: Promise.resolve() }
    this.watching.set(id, watching)
    watching.stop = watchSource(this.watches.get(id).path, async () => {
      watching.work = this.take(id, () => this.watching.get(id) === watching)
      await watching.work
      return 0
    })
  }

  private end(id: string): void {
    this.watching.get(id)?.stop()
    this.watching.delete(id)
  }

  /** Reads what is new; what is still being written changes again, and is taken then. */
  private async take(id: string, isWanted: () => boolean): Promise<void> {
    const { context, watches } = this
    const { path: root, recursive, options } = watches.get(id)
    try {
      const before = watches.fresh(id, await picturesIn(root, recursive))
      if (before.length > 0) await delay(writtenMs)
      if (!isWanted()) return
      const now = new Map((await picturesIn(root, recursive)).map(({ path: file, stamp }) => [file, stamp]))
      const written = before.filter(({ path: file, stamp }) => now.get(file) === stamp).slice(0, mostFiles)
      if (written.length > 0 && isWanted()) {
        await context.read(
          written.map(({ path: file }) => file),
          options,
        )
        watches.taken(id, written)
      } else if (watches.get(id).problem !== null) watches.setProblem(id, null)
      else return
    } catch (cause) {
      if (!isWanted()) return
      this.note(id, root, cause)
    }
    this.tell(id)
  }

  /** Keeps why nothing could be taken; a disk that is full takes no note of it. */
  private note(id: string, root: string, cause: unknown): void {
    const { log } = this.context
    const known = storageError(cause, root)
    log.warn({ err: cause, watched: root }, 'the pictures of a watched folder could not be taken')
    const isGone = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    try {
      this.watches.setProblem(
        id,
        isGone
          ? `${root} is not there. It is read again when it comes back.`
          : known instanceof GlyphlabError
            ? known.message
            : `${root} could not be read. The engine's log has more.`,
      )
    } catch (fault) {
      log.warn({ err: fault, watched: root }, 'that could not be kept')
    }
  }

  private tell(id: string): void {
    this.context.events.emit({ type: 'watch.changed', watchId: id })
  }
}

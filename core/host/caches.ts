import { readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Logger } from 'pino'
import type { CacheUsage } from '../contract/index.ts'

/** What each cache may grow to before what was used least recently goes. */
const mostBytes = { tensors: 8e9, thumbnails: 2e9 } as const
const trimEveryMs = 3_600_000

type Cache = keyof typeof mostBytes
const caches = Object.keys(mostBytes) as Cache[]

interface CachedFile {
  file: string
  bytes: number
  usedAtMs: number
}

async function filesOf(folder: string): Promise<CachedFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile())
  const found = await Promise.all(
    files.map(async (entry) => {
      const file = path.join(entry.parentPath, entry.name)
      // Gone meanwhile: another made it a whole one under its real name.
      const { size, mtimeMs } = await stat(file).catch(() => ({ size: 0, mtimeMs: Date.now() }))
      return { file, bytes: size, usedAtMs: mtimeMs }
    }),
  )
  return found.sort((a, b) => b.usedAtMs - a.usedAtMs)
}

const bytesOf = (files: readonly CachedFile[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0)

/** Decoded pictures and thumbnails under `<home>/cache`: each can be made again, so that the oldest may always go. */
export class Caches {
  private readonly home: string
  private readonly limits: Record<Cache, number>
  private readonly timer: ReturnType<typeof setInterval>

  constructor(home: string, log: Logger, limits: Record<Cache, number> = mostBytes) {
    this.home = home
    this.limits = limits
    const trim = () =>
      void this.trim().catch((cause: unknown) => log.warn({ err: cause }, 'a cache could not be trimmed'))
    this.timer = setInterval(trim, trimEveryMs)
    this.timer.unref()
    trim()
  }

  /** Bytes and files of each, and what it may grow to. */
  usage(): Promise<CacheUsage[]> {
    return Promise.all(
      caches.map(async (cache) => {
        const files = await filesOf(this.folder(cache))
        return { cache, bytes: bytesOf(files), files: files.length, mostBytes: this.limits[cache] }
      }),
    )
  }

  /** Removes what was used least recently until each cache is within its bound. */
  async trim(): Promise<void> {
    for (const cache of caches) {
      let kept = 0
      for (const { file, bytes } of await filesOf(this.folder(cache))) {
        kept += bytes
        if (kept > this.limits[cache]) await rm(file, { force: true })
      }
    }
  }

  /** Empties all of them. Returns the bytes freed. */
  async clear(): Promise<number> {
    let freed = 0
    for (const cache of caches)
      for (const { file, bytes } of await filesOf(this.folder(cache))) {
        await rm(file, { force: true })
        freed += bytes
      }
    return freed
  }

  close(): void {
    clearInterval(this.timer)
  }

  private folder(cache: Cache): string {
    return path.join(this.home, 'cache', cache)
  }
}

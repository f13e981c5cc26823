import fs from 'node:fs'
import path from 'node:path'

/** After a sign of change so long nothing is done: programs write in bursts. */
const settleMs = 500
/** Signs of change are not everywhere to be had (network drives, many folders): so often the source is looked at. */
const pollMs = 5_000
/** A look takes at most about this share of the time. */
const pollShare = 10
/** The system is asked to tell of changes in so many folders; beyond, asking would hold the engine up. */
const foldersTold = 500

/** Begins the fingerprint of what can't be looked at. */
const gone = 'gone:'

/** Of all files: a change of any of them changes it. */
async function fingerprintOf(root: string): Promise<{ print: string; folders: number }> {
  const facts = await fs.promises.stat(root)
  if (!facts.isDirectory()) {
    // A SQLite database in WAL mode grows beside itself.
    const wal = await fs.promises.stat(`${root}-wal`).catch(() => undefined)
    const print = [facts.size, facts.mtimeMs, wal?.size ?? 0, wal?.mtimeMs ?? 0].join(' ')
    return { print, folders: 1 }
  }
  let [count, bytes, newest, sum, folders] = [0, 0, 0, 0, 0]
  const visit = async (folder: string): Promise<void> => {
    folders++
    const entries = await fs.promises.readdir(folder, { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      const place = path.join(folder, entry.name)
      if (entry.isDirectory()) await visit(place)
      else if (entry.isFile()) {
        const file = await fs.promises.stat(place).catch(() => undefined)
        if (!file) continue
        count++
        bytes += file.size
        sum += file.mtimeMs % 1e6
        newest = Math.max(newest, file.mtimeMs)
      }
    }
  }
  await visit(root)
  return { print: [count, bytes, newest, sum].join(' '), folders }
}

/**
 * Looks after a folder or file: calls `onChange` once it is open and then each time that something has changed there,
 * never while a call is under way.
 * @param onChange resolves when what is there has been dealt with, with the ms to leave it alone for
 * @returns the function that ends it
 */
export function watchSource(root: string, onChange: () => Promise<number>): () => void {
  let seen: string | undefined
  let [ended, busy] = [false, false]
  let notBefore = 0
  let soon: NodeJS.Timeout | undefined
  let watcher: fs.FSWatcher | undefined
  const watchTree = (folders: number) => {
    watcher?.close()
    watcher = undefined
    if (folders === 0 || folders > foldersTold) return
    try {
      const own = fs.watch(root, { recursive: true, persistent: false }, lookSoon)
      // Too many folders, or the source is gone: the polling goes on.
      own.on('error', () => own.close())
      watcher = own
    } catch {
      watcher = undefined
    }
  }
  const look = async () => {
    if (ended || busy || Date.now() < notBefore) return
    busy = true
    try {
      const { print: now, folders } = await fingerprintOf(root).catch((cause: NodeJS.ErrnoException) => ({
        print: `${gone} ${cause.code}`,
        folders: 0,
      }))
      if (ended || now === seen) return
      // A folder that comes back is another one to the system.
      if (seen === undefined || seen.startsWith(gone)) watchTree(folders)
      // What changes meanwhile differs from this at the next look.
      seen = now
      notBefore = Date.now() + (await onChange())
    } finally {
      busy = false
    }
  }
  const lookSoon = () => {
    soon ??= setTimeout(() => {
      soon = undefined
      void look()
    }, settleMs)
    soon.unref()
  }
  let poll: NodeJS.Timeout | undefined
  const pollLater = (afterMs: number) => {
    poll = setTimeout(() => {
      const from = performance.now()
      void look().finally(() => {
        if (!ended) pollLater(Math.max(pollMs, pollShare * (performance.now() - from)))
      })
    }, afterMs)
    poll.unref()
  }
  pollLater(pollMs)
  lookSoon()
  return () => {
    ended = true
    watcher?.close()
    clearTimeout(poll)
    clearTimeout(soon)
  }
}

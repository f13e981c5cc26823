import { type FileHandle, open } from 'node:fs/promises'
import path from 'node:path'
import { readBlob } from '../blobs/blob-files.ts'
import type { RunConsole } from '../contract/index.ts'
import type { Services } from './services.ts'

/** As trackers name what a script has printed: ours, MLflow users' usual one, W&B's. */
const consoleFiles = ['logs/console.txt', 'console.txt', 'output.log', 'files/output.log', 'logs/output.log']
/** Of a longer console the end is told: what went wrong stands there. */
const bytesKept = 8 * 2 ** 20
const bytesAtOnce = 2 ** 20
const newline = 10

/** Where a running training's worker job writes what it prints. */
export const liveConsole = (home: string, jobId: string): string =>
  path.join(home, 'work', jobId, 'console.txt')

/** What a run's process has printed, from a byte on: of a running training as it comes, of any other run as it was kept. */
export async function runConsole(
  { home, runs, runArtifacts, blobs }: Services,
  { runId, from }: { runId: string; from: number },
): Promise<RunConsole> {
  const run = runs.get(runs.resolve(runId))
  const isLive = run.status === 'RUNNING' || run.status === 'SCHEDULED'
  if (isLive && run.jobId !== null) {
    const file = liveConsole(home, run.jobId)
    const handle = await open(file, 'r').catch(() => null)
    if (handle !== null)
      try {
        const { size } = await handle.stat()
        return { ...(await slice(handle, 0, size, from)), isLive, path: null }
      } finally {
        await handle.close()
      }
  }
  const id = runs.idOf(run.id)
  for (const place of consoleFiles) {
    const artifact = runArtifacts.find(id, place)
    if (!artifact) continue
    const location = blobs.requireLocation(artifact.hash)
    if (location.reference) {
      const content = await readBlob(location, artifact.hash)
      return { ...part(content.length, from, (at, end) => content.subarray(at, end)), isLive, path: place }
    }
    const handle = await open(location.file, 'r')
    try {
      return { ...(await slice(handle, location.offset, location.length, from)), isLive, path: place }
    } finally {
      await handle.close()
    }
  }
  return { text: '', from: 0, next: 0, total: 0, isLive, path: null }
}

type Part = Pick<RunConsole, 'text' | 'from' | 'next' | 'total'>

/** The place to begin at: a reader that has nothing yet begins with the end of a long console. */
const startOf = (from: number, total: number): number =>
  from === 0 ? Math.max(0, total - bytesKept) : Math.min(from, total)

function part(total: number, from: number, read: (at: number, end: number) => Buffer): Part {
  const start = startOf(from, total)
  const end = Math.min(total, start + bytesAtOnce)
  const bytes = read(start, end)
  // Whole lines only: half a character, or half a line that is still written, comes the next time. What has no end stands
  // alone at the very end.
  const cut = end < total ? bytes.lastIndexOf(newline) + 1 || wholeCharacters(bytes) : wholeCharacters(bytes)
  const skipped = from === 0 && start > 0 ? bytes.indexOf(newline) + 1 : 0
  return {
    text: bytes.toString('utf8', skipped, cut),
    from: start + skipped,
    next: start + cut,
    total,
  }
}

async function slice(handle: FileHandle, offset: number, total: number, from: number): Promise<Part> {
  const start = startOf(from, total)
  const length = Math.min(bytesAtOnce, total - start)
  const bytes = Buffer.alloc(length)
  const { bytesRead } = await handle.read(bytes, 0, length, offset + start)
  return part(total, from, () => bytes.subarray(0, bytesRead))
}

/** How many bytes from the beginning are whole characters of UTF-8. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(4, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number
    if ((byte & 0b1100_0000) === 0b1000_0000) continue
    const length = byte < 0x80 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
    return length > back ? bytes.length - back : bytes.length
  }
  return bytes.length
}

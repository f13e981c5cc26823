import { chmod, mkdir, mkdtemp, open, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { GlyphlabError } from '../contract/index.ts'
import { isDiskFull } from '../domain/disk-full.ts'

const siblingMark = '.exporting-'

/**
 * Writes a folder that appears whole or not at all: `write` fills a folder beside its place, which is then renamed; on
 * a failure it is removed. What an earlier attempt left behind whose process is gone is removed too.
 * @param directory absolute; new, or an empty folder.
 * @throws GlyphlabError CONFLICT when the folder holds anything; DISK_FULL, FORBIDDEN; what `write` throws
 */
export async function writeNewFolder<T>(directory: string, write: (fresh: string) => Promise<T>): Promise<T> {
  const hadFolder = await refuseFilledFolder(directory)
  await removeAbandoned(directory)
  const fresh = await makeSibling(directory)
  try {
    const result = await write(fresh)
    if (hadFolder) await rmdir(directory)
    await rename(fresh, directory)
    await flushDirectory(dirname(directory))
    return result
  } catch (cause) {
    await rm(fresh, { recursive: true, force: true })
    throw cause instanceof GlyphlabError ? cause : writeFailure(directory, cause)
  }
}

/** What a person can do about an error of writing `file`. */
export function writeFailure(file: string, cause: unknown): GlyphlabError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (isDiskFull(cause)) {
    return new GlyphlabError('DISK_FULL', `${file}: the disk is full. Free some space and export again.`)
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new GlyphlabError('FORBIDDEN', `${file}: no permission to write there. Choose another folder.`)
  }
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new GlyphlabError('INTERNAL', `${file}: can't be written (${reason}).`, undefined, { cause })
}

/** @returns whether the (empty) folder is there */
async function refuseFilledFolder(directory: string): Promise<boolean> {
  try {
    const entries = await readdir(directory)
    if (entries.length === 0) return true
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'ENOENT') return false
    if (code !== 'ENOTDIR') throw writeFailure(directory, cause)
  }
  throw new GlyphlabError(
    'CONFLICT',
    `${directory} is not empty. An export never writes over files, not even over an earlier export: choose a new or empty folder.`,
  )
}

async function makeSibling(directory: string): Promise<string> {
  try {
    await mkdir(dirname(directory), { recursive: true })
    const sibling = await mkdtemp(
      join(dirname(directory), `.${basename(directory)}${siblingMark}${process.pid}-`),
    )
    await chmod(sibling, 0o755)
    return sibling
  } catch (cause) {
    throw writeFailure(directory, cause)
  }
}

/** Removes what an attempt to write `directory` left beside it when its process was killed. */
export async function removeAbandoned(directory: string): Promise<void> {
  const prefix = `.${basename(directory)}${siblingMark}`
  const names = await readdir(dirname(directory)).catch(() => [])
  for (const name of names.filter((candidate) => candidate.startsWith(prefix))) {
    if (isRunning(Number.parseInt(name.slice(prefix.length), 10))) continue
    await rm(join(dirname(directory), name), { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM'
  }
}

/** Makes the rename survive a pulled plug, where the system lets a folder be opened (not on Windows). */
async function flushDirectory(directory: string): Promise<void> {
  const handle = await open(directory).catch(() => null)
  await handle?.sync().catch(() => {})
  await handle?.close()
}

import { randomBytes } from 'node:crypto'
import { link, lstat, mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { GlyphlabError } from '../contract/index.ts'
import { removeAbandoned, writeFailure } from './new-folder.ts'

type Chunks = AsyncIterable<string | Uint8Array>

/**
 * Writes a file in a folder that is being made (`writeNewFolder`).
 * @returns bytes written
 * @throws what `chunks` and the file system throw, also when the file is there already
 */
export async function writeFreshFile(file: string, chunks: Chunks, { flush = false } = {}): Promise<number> {
  await mkdir(dirname(file), { recursive: true })
  const handle = await open(file, 'wx')
  try {
    let bytes = 0
    for await (const chunk of chunks) {
      await handle.writeFile(chunk)
      bytes += Buffer.byteLength(chunk)
    }
    if (flush) await handle.sync()
    return bytes
  } finally {
    await handle.close()
  }
}

const alreadyThere = (file: string) =>
  new GlyphlabError(
    'CONFLICT',
    `${file} is there already. An export never writes over files: choose another name.`,
  )

const exists = (file: string): Promise<boolean> =>
  lstat(file).then(
    () => true,
    () => false,
  )

/** Gives `fresh` its name unless something has it by now. */
async function putInPlace(fresh: string, file: string): Promise<void> {
  try {
    await link(fresh, file)
    await rm(fresh)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') throw alreadyThere(file)
    // A file system without hard links.
    if (await exists(file)) throw alreadyThere(file)
    await rename(fresh, file)
  }
}

/**
 * Writes a file that appears whole or not at all, never over another one.
 * @returns bytes written
 * @throws GlyphlabError CONFLICT when it is there already; DISK_FULL, FORBIDDEN; what `chunks` throws
 */
export async function writeNewFile(file: string, chunks: Chunks): Promise<number> {
  if (await exists(file)) throw alreadyThere(file)
  await removeAbandoned(file)
  const mark = `${process.pid}-${randomBytes(4).toString('hex')}`
  const fresh = join(dirname(file), `.${basename(file)}.exporting-${mark}`)
  try {
    const bytes = await writeFreshFile(fresh, chunks, { flush: true })
    await putInPlace(fresh, file)
    return bytes
  } catch (cause) {
    await rm(fresh, { force: true })
    throw cause instanceof GlyphlabError ? cause : writeFailure(file, cause)
  }
}

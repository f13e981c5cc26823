import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { writeFailure } from '../blobs/new-folder.ts'
import { GlyphlabError } from '../contract/index.ts'
import type { BundleManifest } from '../domain/bundle.ts'

/** Writes the files of a bundle and keeps their digests for its manifest. Paths have forward slashes. */
export class BundleWriter {
  readonly files: BundleManifest['files'] = []
  readonly #root: string
  readonly #signal: AbortSignal

  constructor(root: string, signal: AbortSignal) {
    this.#root = root
    this.#signal = signal
  }

  /** @throws GlyphlabError DISK_FULL, INTERNAL; CANCELLED when the export was called off */
  async write(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
    if (this.#signal.aborted)
      throw new GlyphlabError('CANCELLED', 'The export was cancelled. Nothing was written.')
    const bytes = typeof content === 'string' ? Buffer.from(content) : content
    const file = join(this.#root, ...path.split('/'))
    try {
      await mkdir(dirname(file), { recursive: true })
      const handle = await open(file, 'wx', mode)
      try {
        await handle.writeFile(bytes)
        await handle.sync()
      } finally {
        await handle.close()
      }
    } catch (cause) {
      throw writeFailure(file, cause)
    }
    this.files.push({ path, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length })
  }

  async copy(path: string, source: string): Promise<void> {
    await this.write(path, await readSource(source))
  }

  /** Copies a folder's files for which `wanted` (by path below the folder, forward slashes) says yes. */
  async copyDirectory(
    path: string,
    source: string,
    wanted: (relative: string) => boolean = () => true,
  ): Promise<void> {
    for (const relative of await filesBelow(source)) {
      if (wanted(relative)) await this.copy(`${path}/${relative}`, join(source, relative))
    }
  }
}

/** Every file below a folder, sorted, with forward slashes. */
async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(
    (cause: unknown) => {
      throw new GlyphlabError('NOT_FOUND', `${directory}: the folder can't be read (${cause}).`)
    },
  )
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(directory.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort()
}

async function readSource(source: string): Promise<Buffer> {
  try {
    return await readFile(source)
  } catch (cause) {
    throw new GlyphlabError('DAMAGED', `${source}: the file can't be read (${cause}).`)
  }
}

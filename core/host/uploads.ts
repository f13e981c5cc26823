import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { GlyphlabError, type UploadReceipt } from '../contract/index.ts'
import { storageError } from '../domain/disk-full.ts'

const keepMs = 24 * 60 * 60 * 1000
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Files that a browser sent, until they are imported; what is left is removed after a day. */
export class Uploads {
  private readonly root: string

  constructor(home: string) {
    this.root = path.join(home, 'uploads')
  }

  async clean(): Promise<void> {
    await mkdir(this.root, { recursive: true })
    for (const name of await readdir(this.root)) {
      const folder = path.join(this.root, name)
      if (Date.now() - (await stat(folder)).mtimeMs > keepMs)
        await rm(folder, { recursive: true, force: true })
    }
  }

  /** The file or folder of an upload. @throws GlyphlabError NOT_FOUND */
  locate(uploadId: string): { file: string; name: string } {
    const folder = uuid.test(uploadId) ? path.join(this.root, uploadId) : ''
    const names = folder && fs.existsSync(folder) ? fs.readdirSync(folder) : []
    if (names.length === 0) throw new GlyphlabError('NOT_FOUND', 'That upload is gone. Drop the file again.')
    const [only] = names
    if (names.length !== 1 || only === undefined) return { file: folder, name: `${names.length} files` }
    // A folder in it is part of the paths: the one class of a dataset, say.
    const inside = path.join(folder, only)
    return { file: fs.statSync(inside).isFile() ? inside : folder, name: only }
  }

  /** Stores one file at a relative path, which may not lead outside. @throws GlyphlabError INVALID_INPUT | DISK_FULL */
  async receive(body: Readable, relative: string, into: string | undefined): Promise<UploadReceipt> {
    const uploadId = into ?? randomUUID()
    if (!uuid.test(uploadId)) throw new GlyphlabError('INVALID_INPUT', 'The upload id is not valid.')
    const parts = relative.split('/')
    if (
      parts.some(
        (part) => part === '' || part === '.' || part === '..' || part.includes('\0') || part.includes('\\'),
      )
    ) {
      throw new GlyphlabError('INVALID_INPUT', `"${relative}" is not a relative path.`)
    }
    const folder = path.join(this.root, uploadId)
    const file = path.join(folder, ...parts)
    try {
      await mkdir(path.dirname(file), { recursive: true })
      await pipeline(body, fs.createWriteStream(file))
    } catch (cause) {
      // Of an upload of several files, those that came before stay.
      await rm(into === undefined ? folder : file, { recursive: true, force: true })
      throw storageError(cause, file)
    }
    return { uploadId, path: relative, bytes: (await stat(file)).size }
  }

  async remove(uploadId: string): Promise<void> {
    if (uuid.test(uploadId)) await rm(path.join(this.root, uploadId), { recursive: true, force: true })
  }
}

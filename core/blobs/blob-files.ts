import { createHash, randomUUID } from 'node:crypto'
import fs from 'node:fs'
import { link, open, realpath, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { GlyphlabError } from '../contract/index.ts'

/**
 * Content-addressed files of a data folder.
 *
 * - `blobs/sha256/ab/<hash>`: one file a blob.
 * - `blobs/packs/<id>.pack`: many small blobs behind one another, so that 70,000 thumbnail-sized pictures cost one
 *   fsync and not 70,000. Each record is `GLB1`, the hash (32 bytes), the length (u32 little-endian), the content: the
 *   index (table `blob`) can be rebuilt from the packs.
 *
 * Everything is written beside its place, synced and renamed: a name that exists is whole.
 */
export interface BlobLocation {
  file: string
  offset: number
  length: number
}

export interface PackedBlob {
  hash: string
  bytes: number
  pack: string
  offset: number
}

const magic = Buffer.from('GLB1')
const headerBytes = 4 + 32 + 4
const flushBytes = 4 * 1024 * 1024

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Turns an error of the file system into what a person can act on. */
export function storageError(cause: unknown, file: string): unknown {
  const code = (cause as NodeJS.ErrnoException).code
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new GlyphlabError(
      'DISK_FULL',
      `The disk is full: ${file} could not be written. Free some space and try again; nothing that was there is lost.`,
      undefined,
      { cause },
    )
  }
  return cause
}

function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = fs.openSync(folder, 'r')
  try {
    fs.fsyncSync(handle)
  } finally {
    fs.closeSync(handle)
  }
}

export class BlobFiles {
  readonly root: string

  constructor(home: string) {
    this.root = path.join(home, 'blobs')
    fs.mkdirSync(path.join(this.root, 'sha256'), { recursive: true })
    fs.mkdirSync(path.join(this.root, 'packs'), { recursive: true })
    fs.mkdirSync(path.join(this.root, 'incoming'), { recursive: true })
  }

  loosePath(hash: string): string {
    return path.join(this.root, 'sha256', hash.slice(0, 2), hash)
  }

  packPath(pack: string): string {
    return path.join(this.root, 'packs', `${pack}.pack`)
  }

  /** Removes what a process that died left half-written. Call only while nothing else writes. */
  async clean(): Promise<void> {
    await rm(path.join(this.root, 'incoming'), { recursive: true, force: true })
    fs.mkdirSync(path.join(this.root, 'incoming'), { recursive: true })
  }

  /** Copies a file in, hashing on the way. @throws GlyphlabError DISK_FULL */
  async putFile(source: string): Promise<{ hash: string; bytes: number }> {
    const temporary = path.join(this.root, 'incoming', randomUUID())
    try {
      const hasher = createHash('sha256')
      const output = fs.createWriteStream(temporary, { flags: 'wx', flush: true })
      let bytes = 0
      await pipeline(
        fs.createReadStream(source),
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            hasher.update(chunk)
            bytes += chunk.length
            yield chunk
          }
        },
        output,
      )
      const hash = hasher.digest('hex')
      await this.place(temporary, hash)
      return { hash, bytes }
    } catch (cause) {
      await rm(temporary, { force: true })
      throw storageError(cause, temporary)
    }
  }

  /**
   * Gives a file whose content is known a second name here, without copying it. False where the file system can't:
   * another disk, or one without links.
   */
  async linkFile(source: string | Buffer, hash: string): Promise<boolean> {
    const temporary = path.join(this.root, 'incoming', randomUUID())
    try {
      await link(await realpath(source), temporary)
      await this.place(temporary, hash)
      return true
    } catch (cause) {
      await rm(temporary, { force: true })
      const { code = '' } = cause as NodeJS.ErrnoException
      if (['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EACCES'].includes(code))
        return false
      throw storageError(cause, temporary)
    }
  }

  async putBytes(content: Uint8Array): Promise<{ hash: string; bytes: number }> {
    const temporary = path.join(this.root, 'incoming', randomUUID())
    try {
      const handle = await open(temporary, 'wx')
      try {
        await handle.writeFile(content)
        await handle.sync()
      } finally {
        await handle.close()
      }
      const hash = sha256Of(content)
      await this.place(temporary, hash)
      return { hash, bytes: content.length }
    } catch (cause) {
      await rm(temporary, { force: true })
      throw storageError(cause, temporary)
    }
  }

  private async place(temporary: string, hash: string): Promise<void> {
    const target = this.loosePath(hash)
    fs.mkdirSync(path.dirname(target), { recursive: true })
    if (fs.existsSync(target)) {
      await rm(temporary)
      return
    }
    await rename(temporary, target)
    syncFolder(path.dirname(target))
  }

  /** A pack to append to; it has no name that counts until `finish`. */
  createPack(): PackWriter {
    const pack = randomUUID()
    return new PackWriter(pack, path.join(this.root, 'incoming', `${pack}.pack`), this.packPath(pack))
  }

  async remove(hash: string): Promise<void> {
    await rm(this.loosePath(hash), { force: true })
  }

  async removePack(pack: string): Promise<void> {
    await rm(this.packPath(pack), { force: true })
  }
}

export class PackWriter {
  private readonly pack: string
  private readonly temporary: string
  private readonly target: string
  private readonly handle: number
  private chunks: Buffer[] = []
  private buffered = 0
  private position = 0

  constructor(pack: string, temporary: string, target: string) {
    this.pack = pack
    this.temporary = temporary
    this.target = target
    this.handle = fs.openSync(temporary, 'wx')
  }

  /** @throws GlyphlabError DISK_FULL */
  append(hash: string, content: Buffer): PackedBlob {
    const header = Buffer.alloc(headerBytes)
    magic.copy(header, 0)
    header.write(hash, 4, 'hex')
    header.writeUInt32LE(content.length, 36)
    const offset = this.position + headerBytes
    this.chunks.push(header, content)
    this.buffered += headerBytes + content.length
    this.position += headerBytes + content.length
    if (this.buffered >= flushBytes) this.flush()
    return { hash, bytes: content.length, pack: this.pack, offset }
  }

  private flush(): void {
    try {
      const content = Buffer.concat(this.chunks)
      for (let written = 0; written < content.length; ) written += fs.writeSync(this.handle, content, written)
    } catch (cause) {
      throw storageError(cause, this.target)
    }
    this.chunks = []
    this.buffered = 0
  }

  /** Puts the pack on the disk under its name. An empty one leaves nothing. */
  finish(): void {
    if (this.position === 0) {
      this.discard()
      return
    }
    this.flush()
    fs.fsyncSync(this.handle)
    fs.closeSync(this.handle)
    fs.renameSync(this.temporary, this.target)
    syncFolder(path.dirname(this.target))
  }

  discard(): void {
    fs.closeSync(this.handle)
    fs.rmSync(this.temporary, { force: true })
  }
}

/** Reads one blob and checks it against its hash. @throws GlyphlabError DAMAGED | NOT_FOUND */
export async function readBlob(location: BlobLocation, hash: string): Promise<Buffer> {
  let content: Buffer
  try {
    const handle = await open(location.file, 'r')
    try {
      content = Buffer.alloc(location.length)
      const { bytesRead } = await handle.read(content, 0, location.length, location.offset)
      content = content.subarray(0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch (cause) {
    throw new GlyphlabError(
      'NOT_FOUND',
      `The stored file ${hash} is missing (${location.file}).`,
      undefined,
      { cause },
    )
  }
  if (sha256Of(content) !== hash) {
    throw new GlyphlabError(
      'DAMAGED',
      `The stored file ${hash} does not match its digest (${location.file}). Import it again.`,
    )
  }
  return content
}

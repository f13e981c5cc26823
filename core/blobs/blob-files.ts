import { createHash, randomUUID } from 'node:crypto'
import fs from 'node:fs'
import { link, open, readFile, realpath, rm } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { GlyphlabError } from '../contract/index.ts'
import { storageError } from '../domain/disk-full.ts'
import { changedReference, type FileReference, missingReference } from '../domain/file-reference.ts'

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
  /** Set where `file` is not ours: it is its owner's, imported by reference, and may be gone or another one by now. */
  reference?: FileReference
}

export interface PackedBlob {
  hash: string
  bytes: number
  pack: string
  offset: number
}

/** A blob that is read from its owner's file, of which the data folder holds nothing. */
export interface ReferencedBlob {
  hash: string
  bytes: number
  /** Absolute. */
  reference: string
  modifiedMs: number
}

export type StoredBlob = { hash: string; bytes: number } | PackedBlob | ReferencedBlob

const magic = Buffer.from('GLB1')
const headerBytes = 4 + 32 + 4
const flushBytes = 4 * 1024 * 1024

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = fs.openSync(folder, 'r')
  try {
    fs.fsyncSync(handle)
  } finally {
    fs.closeSync(handle)
  }
}

/** A file that is whole and hashed, but has no name that counts until `place`. */
export interface Prepared {
  temporary: string
  hash: string
  bytes: number
}

/** A list of hashes, one a line, in the folder of a writer. */
const noteName = 'written'
/** What a file system answers that can't link these two places. */
const linkRefusals = new Set(['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EACCES'])
const isSha256 = (text: string): boolean => /^[0-9a-f]{64}$/.test(text)

export class BlobFiles {
  readonly root: string
  private readonly incoming: string

  /** @param writer a process that is not the engine writes under a name of its own, which `removeIncoming` cleans */
  constructor(home: string, writer?: string) {
    this.root = path.join(home, 'blobs')
    this.incoming = path.join(this.root, 'incoming', ...(writer === undefined ? [] : [writer]))
    try {
      fs.mkdirSync(path.join(this.root, 'sha256'), { recursive: true })
      fs.mkdirSync(path.join(this.root, 'packs'), { recursive: true })
      fs.mkdirSync(this.incoming, { recursive: true })
    } catch (cause) {
      throw storageError(cause, this.root)
    }
  }

  loosePath(hash: string): string {
    return path.join(this.root, 'sha256', hash.slice(0, 2), hash)
  }

  packPath(pack: string): string {
    return path.join(this.root, 'packs', `${pack}.pack`)
  }

  /** Removes what a process that died left half-written. Call only while nothing else writes. */
  async clean(): Promise<void> {
    // Not the folder itself: a full disk may have no room for a new one.
    for (const name of fs.readdirSync(this.incoming))
      await rm(path.join(this.incoming, name), { recursive: true, force: true })
  }

  /** Removes what another process, which has ended, left half-written. */
  async removeIncoming(writer: string): Promise<void> {
    await rm(path.join(this.incoming, writer), { recursive: true, force: true })
  }

  /** Copies a file in beside its place, hashing on the way. @throws GlyphlabError DISK_FULL */
  prepareFile(source: string): Promise<Prepared> {
    return this.prepareStream(fs.createReadStream(source))
  }

  /** Writes what comes in beside its place, hashing on the way. @throws GlyphlabError DISK_FULL; what `source` throws */
  async prepareStream(source: AsyncIterable<Uint8Array>): Promise<Prepared> {
    const temporary = path.join(this.incoming, randomUUID())
    try {
      const hasher = createHash('sha256')
      const output = fs.createWriteStream(temporary, { flags: 'wx', flush: true })
      let bytes = 0
      await pipeline(
        source,
        async function* (chunks: AsyncIterable<Uint8Array>) {
          for await (const chunk of chunks) {
            hasher.update(chunk)
            bytes += chunk.length
            yield chunk
          }
        },
        output,
      )
      return { temporary, hash: hasher.digest('hex'), bytes }
    } catch (cause) {
      await rm(temporary, { force: true })
      throw storageError(cause, temporary)
    }
  }

  /** @throws GlyphlabError DISK_FULL */
  async prepareBytes(content: Uint8Array): Promise<Prepared> {
    const temporary = path.join(this.incoming, randomUUID())
    try {
      const handle = await open(temporary, 'wx')
      try {
        await handle.writeFile(content)
        await handle.sync()
      } finally {
        await handle.close()
      }
      return { temporary, hash: sha256Of(content), bytes: content.length }
    } catch (cause) {
      await rm(temporary, { force: true })
      throw storageError(cause, temporary)
    }
  }

  /**
   * Gives a prepared file its name. At once, so that whoever registers it in the same turn finds it in its place.
   * @throws GlyphlabError DISK_FULL; nothing is left then
   */
  place(prepared: Prepared): { hash: string; bytes: number } {
    const { temporary, hash, bytes } = prepared
    if (!fs.existsSync(this.loosePath(hash))) return this.replace(prepared)
    fs.rmSync(temporary, { force: true })
    return { hash, bytes }
  }

  /** As `place`, but it takes the place of what is there. @throws GlyphlabError DISK_FULL; what was there stays then */
  replace({ temporary, hash, bytes }: Prepared): { hash: string; bytes: number } {
    const target = this.loosePath(hash)
    try {
      fs.mkdirSync(path.dirname(target), { recursive: true })
      fs.renameSync(temporary, target)
      syncFolder(path.dirname(target))
      return { hash, bytes }
    } catch (cause) {
      fs.rmSync(temporary, { force: true })
      throw storageError(cause, target)
    }
  }

  /** Makes the file of a hash one of our own, which nobody changes in its place, also where it was a name of its owner's file. */
  async own(content: Uint8Array): Promise<void> {
    this.replace(await this.prepareBytes(content))
  }

  /** For a process that is not the engine: the file is noted, for `written`, before it has its name. */
  async putBytes(content: Uint8Array): Promise<{ hash: string; bytes: number }> {
    const prepared = await this.prepareBytes(content)
    this.note(prepared.hash, prepared.temporary)
    return this.place(prepared)
  }

  /**
   * For a process that is not the engine: gives a file whose content is known a second name here, without copying it.
   * False where the file system can't: another disk, or one without links. @throws GlyphlabError DISK_FULL
   */
  async linkFile(source: string | Buffer, known: { hash: string; bytes: number }): Promise<boolean> {
    const temporary = path.join(this.incoming, randomUUID())
    try {
      await link(await realpath(source), temporary)
    } catch (cause) {
      const { code = '' } = cause as NodeJS.ErrnoException
      if (linkRefusals.has(code)) return false
      throw storageError(cause, temporary)
    }
    this.note(known.hash, temporary)
    this.place({ temporary, ...known })
    return true
  }

  private note(hash: string, temporary: string): void {
    try {
      fs.appendFileSync(path.join(this.incoming, noteName), `${hash}\n`)
    } catch (cause) {
      throw storageError(cause, temporary)
    }
  }

  /** The processes that have begun to write and whose `removeIncoming` has not been called. */
  writers(): string[] {
    const entries = fs.readdirSync(this.incoming, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  }

  /** The hashes of the single files that another process has given a name. */
  written(writer: string): string[] {
    const note = path.join(this.incoming, writer, noteName)
    return fs.existsSync(note) ? fs.readFileSync(note, 'utf8').split('\n').filter(isSha256) : []
  }

  /**
   * A pack to append to; it has no name that counts until `finish`.
   * @throws GlyphlabError DISK_FULL
   */
  createPack(pack: string = randomUUID()): PackWriter {
    return new PackWriter(pack, path.join(this.incoming, `${pack}.pack`), this.packPath(pack))
  }

  remove(hash: string): void {
    fs.rmSync(this.loosePath(hash), { force: true })
  }

  /** The packs that have a name that counts. */
  packs(): string[] {
    const names = fs.readdirSync(path.join(this.root, 'packs'))
    return names.flatMap((name) => (name.endsWith('.pack') ? [name.slice(0, -'.pack'.length)] : []))
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
  private closed = false
  private chunks: Buffer[] = []
  private buffered = 0
  private position = 0

  constructor(pack: string, temporary: string, target: string) {
    this.pack = pack
    this.temporary = temporary
    this.target = target
    try {
      this.handle = fs.openSync(temporary, 'wx')
    } catch (cause) {
      throw storageError(cause, temporary)
    }
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

  private close(): void {
    if (this.closed) return
    this.closed = true
    fs.closeSync(this.handle)
  }

  /** Puts the pack on the disk under its name. An empty one leaves nothing. @throws GlyphlabError DISK_FULL */
  finish(): void {
    if (this.position === 0) {
      this.discard()
      return
    }
    this.flush()
    try {
      fs.fsyncSync(this.handle)
      this.close()
      fs.renameSync(this.temporary, this.target)
      syncFolder(path.dirname(this.target))
    } catch (cause) {
      throw storageError(cause, this.target)
    }
  }

  /** Leaves nothing of the pack, however far it came. */
  discard(): void {
    this.close()
    fs.rmSync(this.temporary, { force: true })
    fs.rmSync(this.target, { force: true })
  }
}

/** Whether the place holds this content, without taking it into memory. */
export async function holdsContent({ file, offset, length }: BlobLocation, hash: string): Promise<boolean> {
  const hasher = createHash('sha256')
  try {
    if (length > 0)
      for await (const chunk of fs.createReadStream(file, { start: offset, end: offset + length - 1 }))
        hasher.update(chunk as Buffer)
  } catch {
    // Gone, or on a part of the disk that can't be read.
    return false
  }
  return hasher.digest('hex') === hash
}

async function readReference(file: string, hash: string): Promise<Buffer> {
  const content = await readFile(file).catch((cause: unknown) => {
    throw missingReference(file, cause)
  })
  if (sha256Of(content) !== hash) throw changedReference(file)
  return content
}

/** Reads one blob and checks it against its hash. @throws GlyphlabError DAMAGED | NOT_FOUND */
export async function readBlob(location: BlobLocation, hash: string): Promise<Buffer> {
  if (location.reference) return readReference(location.file, hash)
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

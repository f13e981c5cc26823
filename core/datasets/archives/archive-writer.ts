import { createWriteStream } from 'node:fs'
import { mkdir, rm, statfs } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { GlyphlabError, type RefusedFile } from '../../contract/index.ts'
import { storageError } from '../../domain/disk-full.ts'

const maxEntries = 2_000_000
const maxTotalBytes = 256 * 1024 ** 3
/** An archive may unpack to this many times its size, once it is large: pictures hardly shrink, bombs do. */
const maxRatio = 200
const ratioFromBytes = 1024 ** 3
/** What has to stay free on the disk. */
const reserveBytes = 256 * 1024 ** 2

export interface ExpandPort {
  /** Bytes of the archive that have been read, of how many. */
  progress(read: number, total: number): void
  cancelled(): boolean
}

/** The bytes of an entry: a stream of Node's or of tar-stream. */
export interface EntryContent extends AsyncIterable<unknown> {
  resume(): unknown
}

/**
 * Puts the entries of an archive into a folder, and never anywhere else. What can't be taken is refused by name; an
 * archive that would fill the disk is refused as a whole.
 */
export class ArchiveWriter {
  readonly refused: RefusedFile[] = []
  private readonly name: string
  private readonly folder: string
  private readonly archiveBytes: number
  private readonly port: ExpandPort
  private readonly madeFolders = new Set<string>()
  private entries = 0
  private bytes = 0

  constructor(name: string, folder: string, archiveBytes: number, port: ExpandPort) {
    this.name = name
    this.folder = folder
    this.archiveBytes = archiveBytes
    this.port = port
  }

  /** @throws GlyphlabError DISK_FULL when `bytes` more will not fit */
  async reserve(bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.folder)
    if (bytes + reserveBytes > bavail * bsize)
      throw new GlyphlabError(
        'DISK_FULL',
        `${this.name}: the disk has no room to unpack it (${Math.ceil(bytes / 1024 ** 2)} MB are needed). Free some space and try again.`,
      )
  }

  refuse(entry: string, reason: string): void {
    this.refused.push({ path: entry, reason })
  }

  /** Counts an entry; called once for each. @throws GlyphlabError CANCELLED; UNREADABLE_FILE for too many */
  begin(): void {
    if (this.port.cancelled())
      throw new GlyphlabError('CANCELLED', 'The import was cancelled. Nothing of it was kept.')
    this.entries += 1
    if (this.entries > maxEntries)
      throw new GlyphlabError(
        'UNREADABLE_FILE',
        `${this.name}: more than ${maxEntries} entries. Cut it into parts.`,
      )
  }

  /** Counts unpacked bytes. @throws GlyphlabError UNREADABLE_FILE for a bomb */
  private grow(bytes: number): void {
    this.bytes += bytes
    const bomb = this.bytes > ratioFromBytes && this.bytes > this.archiveBytes * maxRatio
    if (bomb || this.bytes > maxTotalBytes)
      throw new GlyphlabError(
        'UNREADABLE_FILE',
        `${this.name}: unpacks to more than ${bomb ? `${maxRatio} times its size` : `${maxTotalBytes / 1024 ** 3} GB`}, as archives do that are made to fill a disk. Nothing of it was kept. If it is meant so, unpack it and import the folder.`,
      )
  }

  /** The place of an entry inside the folder; null (and refused) when its name leads elsewhere. */
  private placeOf(entry: string): string | null {
    const parts = entry
      .replace(/^(\.\/)+/, '')
      .replace(/\/+$/, '')
      .split('/')
    const bad = parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'))
    if (bad || path.isAbsolute(entry) || /^[a-z]:/i.test(entry)) {
      this.refuse(entry, 'its name leads out of the archive')
      return null
    }
    return path.join(this.folder, ...parts)
  }

  private async makeFolder(folder: string): Promise<void> {
    if (this.madeFolders.has(folder)) return
    await mkdir(folder, { recursive: true })
    this.madeFolders.add(folder)
  }

  async addFolder(entry: string): Promise<void> {
    if (/^\.?\/*$/.test(entry)) return
    const place = this.placeOf(entry)
    if (place === null) return
    try {
      await this.makeFolder(place)
    } catch (cause) {
      this.take(entry, cause)
    }
  }

  /** Takes the file, or refuses it by name; its stream is read to the end either way. */
  async addFile(entry: string, content: EntryContent): Promise<void> {
    const place = this.placeOf(entry)
    if (place === null) {
      content.resume()
      return
    }
    const count = (bytes: number) => this.grow(bytes)
    let opened = false
    try {
      await this.makeFolder(path.dirname(place))
      const output = createWriteStream(place, { flags: 'wx' })
      output.once('open', () => {
        opened = true
      })
      await pipeline(
        content,
        async function* (chunks: AsyncIterable<unknown>) {
          for await (const chunk of chunks) {
            const bytes = chunk as Buffer
            count(bytes.length)
            yield bytes
          }
        },
        output,
      )
    } catch (cause) {
      content.resume()
      if (opened) await rm(place, { force: true })
      this.take(entry, cause)
    }
  }

  /** Refuses the entry for what is its own fault; the rest ends the import. */
  private take(entry: string, cause: unknown): void {
    if (cause instanceof GlyphlabError && cause.code !== 'INVALID_INPUT') throw cause
    const code = (cause as NodeJS.ErrnoException).code ?? ''
    const known: Record<string, string> = {
      EEXIST: 'the archive has this name twice',
      EISDIR: 'the archive has a folder of this name',
      ENOTDIR: 'the archive has a file where its folder should be',
      ENAMETOOLONG: 'its name is too long for this disk',
      EILSEQ: "its name can't be written on this disk",
      EINVAL: "its name can't be written on this disk",
    }
    if (known[code] === undefined && /^E[A-Z]+$/.test(code) && !code.startsWith('ERR'))
      throw storageError(cause, path.join(this.folder, entry))
    this.refuse(entry, known[code] ?? (cause instanceof Error ? cause.message : String(cause)))
  }
}

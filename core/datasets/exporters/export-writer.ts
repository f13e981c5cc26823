import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { readBlob } from '../../blobs/blob-files.ts'
import { writeFailure } from '../../blobs/new-folder.ts'
import { GlyphlabError, type JobProgress } from '../../contract/index.ts'
import type { ExportSample } from '../export-messages.ts'

export interface ExportPort {
  progress(progress: JobProgress): void
  cancelled(): boolean
}

const progressMs = 200

/** Where a file of an export really goes; null when its content is there already. */
type Placing = (relative: string, content: string | Uint8Array) => string | null

/** Writes the files of an export below a folder. Paths are relative, with forward slashes, and safe (`safeNames`). */
export class ExportWriter {
  pictures = 0
  /** Of the pictures written, in lower case, with the dot. */
  readonly extensions = new Set<string>()
  bytes = 0
  private readonly root: string
  private readonly total: number
  private readonly port: ExportPort
  private readonly made = new Set<string>()
  private readonly startedAt = Date.now()
  private shownAt = 0
  private place: Placing = (relative) => relative

  constructor(root: string, total: number, port: ExportPort) {
    this.root = root
    this.total = total
    this.port = port
  }

  /** Runs `write` with its files put where `place` says. */
  async placed<T>(place: Placing, write: () => Promise<T>): Promise<T> {
    const before = this.place
    this.place = place
    try {
      return await write()
    } finally {
      this.place = before
    }
  }

  /** @throws GlyphlabError DISK_FULL, FORBIDDEN, CANCELLED */
  async file(wanted: string, content: string | Uint8Array): Promise<void> {
    if (this.port.cancelled())
      throw new GlyphlabError('CANCELLED', 'The export was cancelled. Nothing of it was kept.')
    const relative = this.place(wanted, content)
    if (relative === null) return
    const file = path.join(this.root, ...relative.split('/'))
    try {
      const folder = path.dirname(file)
      if (!this.made.has(folder)) await mkdir(folder, { recursive: true })
      this.made.add(folder)
      // `wx`: two samples never share a file, whatever the file system thinks of their names.
      await writeFile(file, content, { flag: 'wx' })
    } catch (cause) {
      throw writeFailure(relative, cause)
    }
    this.bytes += Buffer.byteLength(content)
  }

  /** The sample's bytes as they are stored, checked against their digest. @throws GlyphlabError DAMAGED, and as `file` */
  async picture(relative: string, { location, hash }: ExportSample): Promise<void> {
    await this.file(relative, await readBlob(location, hash))
    this.pictures += 1
    const extension = path.posix.extname(relative).toLowerCase()
    if (extension !== '') this.extensions.add(extension)
    if (Date.now() - this.shownAt < progressMs && this.pictures < this.total) return
    this.shownAt = Date.now()
    const rate = this.pictures / Math.max(0.001, (Date.now() - this.startedAt) / 1000)
    this.port.progress({
      value: Math.min(0.99, this.pictures / this.total),
      message: `Writing picture ${this.pictures} of ${this.total}`,
      rate,
      rateUnit: 'pictures/s',
      remainingMs: ((this.total - this.pictures) / rate) * 1000,
    })
  }
}

import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { readBlob } from '../blobs/blob-files.ts'
import { GlyphlabError, thumbnailSizes } from '../contract/index.ts'
import { isDiskFull } from '../domain/disk-full.ts'
import { displayedImage, readingPixels } from '../imaging/image.ts'
import type { BlobStore } from '../store/blob-store.ts'

const pngSignature = '89504e470d0a1a0a'

/** Size of a PNG from its header; null for anything else. (A PNG has no EXIF turn to apply before showing it.) */
function pngSize(content: Buffer): { width: number; height: number } | null {
  if (content.length < 24 || content.toString('hex', 0, 8) !== pngSignature) return null
  return { width: content.readUInt32BE(16), height: content.readUInt32BE(20) }
}

/** Small pictures for the grid, kept on the disk; a picture that is small already is shown as it is. */
export class Thumbnails {
  private readonly folder: string
  private readonly blobs: BlobStore
  private readonly inWork = new Map<string, Promise<{ content: Buffer; type: string }>>()

  constructor(home: string, blobs: BlobStore) {
    this.folder = path.join(home, 'cache', 'thumbnails')
    this.blobs = blobs
  }

  /** @throws GlyphlabError NOT_FOUND | UNREADABLE_FILE | INVALID_INPUT */
  get(hash: string, size: number): Promise<{ content: Buffer; type: string }> {
    if (!thumbnailSizes.some((known) => known === size)) {
      return Promise.reject(
        new GlyphlabError('INVALID_INPUT', `Thumbnails come in ${thumbnailSizes.join(', ')} px.`),
      )
    }
    const key = `${hash}-${size}`
    const running = this.inWork.get(key)
    if (running) return running
    const made = this.make(hash, size).finally(() => this.inWork.delete(key))
    this.inWork.set(key, made)
    return made
  }

  private async make(hash: string, size: number): Promise<{ content: Buffer; type: string }> {
    const file = path.join(this.folder, hash.slice(0, 2), `${hash}-${size}.webp`)
    const cached = await readFile(file).catch(() => null)
    if (cached) return { content: cached, type: 'image/webp' }
    const location = this.blobs.locate(hash)
    if (!location) throw new GlyphlabError('NOT_FOUND', `There is no picture ${hash}.`)
    const original = await readBlob(location, hash)
    const small = original.length <= 64 * 1024 ? pngSize(original) : null
    if (small && small.width <= size && small.height <= size) return { content: original, type: 'image/png' }
    const content = await readingPixels(hash, async () =>
      (await displayedImage(original, hash))
        .resize(size, size, { fit: 'inside', withoutEnlargement: true })
        .webp({ quality: size > 512 ? 90 : 80, effort: 1 })
        .toBuffer(),
    )
    const temporary = `${file}.${randomUUID()}`
    try {
      await mkdir(path.dirname(file), { recursive: true })
      await writeFile(temporary, content)
      await rename(temporary, file)
    } catch (cause) {
      await rm(temporary, { force: true })
      // It is shown all the same, and made again the next time.
      if (!isDiskFull(cause)) throw cause
    }
    return { content, type: 'image/webp' }
  }
}

import fs, { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { type BlobLocation, sha256Of } from '../../blobs/blob-files.ts'
import { GlyphlabError } from '../../contract/index.ts'
import { changedReference, type FileReference, missingReference } from '../../domain/file-reference.ts'
import { type GreyPicture, greyPicture } from './grey-picture.ts'
import type { QualitySample } from './quality-messages.ts'

function referencedBytes(file: string, { hash }: FileReference): Buffer {
  let content: Buffer
  try {
    content = fs.readFileSync(file)
  } catch (cause) {
    throw missingReference(file, cause)
  }
  if (sha256Of(content) !== hash) throw changedReference(file)
  return content
}

/**
 * What is wrong with a file that a measured picture is read from by reference. One of the size and time that it had is
 * taken to be the old one; any other is read.
 * @throws GlyphlabError NOT_FOUND | DAMAGED
 */
export function checkReference({
  location: { file, length, reference },
}: Pick<QualitySample, 'location'>): void {
  if (!reference) return
  const facts = fs.statSync(file, { throwIfNoEntry: false })
  if (facts?.size !== length || facts.mtimeMs !== reference.modifiedMs) referencedBytes(file, reference)
}

const openFiles = 32
const keptPictures = 1_000

export async function readQualitySamples(file: string): Promise<QualitySample[]> {
  const samples: QualitySample[] = []
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })
  for await (const line of lines) if (line !== '') samples.push(JSON.parse(line) as QualitySample)
  return samples
}

/**
 * Stored pictures, decoded to grey. Packs stay open and are read at once: opening one for each of 70,000 pictures takes
 * longer than decoding them. For worker processes only.
 */
export class StoredPictures {
  private readonly handles = new Map<string, number>()
  /** In the order of their last use. */
  private readonly decoded = new Map<string, GreyPicture>()

  private handle(file: string): number {
    const known = this.handles.get(file)
    if (known !== undefined) return known
    for (const [oldest, handle] of this.handles) {
      if (this.handles.size < openFiles) break
      fs.closeSync(handle)
      this.handles.delete(oldest)
    }
    const handle = fs.openSync(file, 'r')
    this.handles.set(file, handle)
    return handle
  }

  private bytes({ file, offset, length, reference }: BlobLocation, name: string): Buffer {
    if (reference) return referencedBytes(file, reference)
    const content = Buffer.allocUnsafe(length)
    let read = 0
    try {
      const handle = this.handle(file)
      while (read < length) {
        const count = fs.readSync(handle, content, read, length - read, offset + read)
        if (count === 0) break
        read += count
      }
    } catch (cause) {
      throw new GlyphlabError(
        'UNREADABLE_FILE',
        `${name}: its stored bytes can't be read (${(cause as NodeJS.ErrnoException).code ?? cause}).`,
      )
    }
    if (read < length) throw new GlyphlabError('UNREADABLE_FILE', `${name}: its stored bytes are cut short.`)
    return content
  }

  /** The stored bytes themselves. @throws GlyphlabError UNREADABLE_FILE, naming the sample */
  content({ location, path }: Pick<QualitySample, 'location' | 'path'>): Buffer {
    return this.bytes(location, path)
  }

  /** @throws GlyphlabError UNREADABLE_FILE, naming the sample; NOT_FOUND or DAMAGED, naming a file imported by reference */
  async grey({ location, path }: Pick<QualitySample, 'location' | 'path'>): Promise<GreyPicture> {
    return greyPicture(this.bytes(location, path), path)
  }

  /** The same, kept for a while. */
  async recentGrey(sample: Pick<QualitySample, 'location' | 'path' | 'hash'>): Promise<GreyPicture> {
    const picture = this.decoded.get(sample.hash) ?? (await this.grey(sample))
    this.decoded.delete(sample.hash)
    this.decoded.set(sample.hash, picture)
    if (this.decoded.size > keptPictures) {
      const [oldest] = this.decoded.keys()
      if (oldest !== undefined) this.decoded.delete(oldest)
    }
    return picture
  }

  close(): void {
    for (const handle of this.handles.values()) fs.closeSync(handle)
    this.handles.clear()
  }
}

/** Hands each item to `task`, as many at once as keep the decoder's threads busy. */
export async function forEachAtOnce<T>(
  items: readonly T[],
  atOnce: number,
  task: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < items.length) await task(items[next++] as T)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane))
}

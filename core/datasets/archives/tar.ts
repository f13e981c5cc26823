import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { type Extract, extract } from 'tar-stream'
import { GlyphlabError } from '../../contract/index.ts'
import type { ArchiveWriter, ExpandPort } from './archive-writer.ts'

async function expandEntries(entries: Extract, writer: ArchiveWriter, onEntry: () => void): Promise<void> {
  for await (const entry of entries) {
    writer.begin()
    const { name, type } = entry.header
    if (type === 'directory') {
      await writer.addFolder(name)
      entry.resume()
    } else if (type === 'file' || type === 'contiguous-file') await writer.addFile(name, entry)
    else {
      const link = type === 'symlink' || type === 'link'
      writer.refuse(name, link ? 'a link; links in archives are not followed' : 'not a file')
      entry.resume()
    }
    onEntry()
  }
}

/** Unpacks a tar file, gzipped or not. @throws GlyphlabError UNREADABLE_FILE when it is damaged */
export async function expandTar(
  file: string,
  name: string,
  zipped: boolean,
  writer: ArchiveWriter,
  port: ExpandPort,
): Promise<void> {
  const { size } = await stat(file)
  const source = createReadStream(file, { highWaterMark: 256 * 1024 })
  const entries = extract()
  const unpacking = pipeline(source, zipped ? createGunzip() : new PassThrough(), entries)
  try {
    await Promise.all([
      unpacking,
      expandEntries(entries, writer, () => port.progress(source.bytesRead, size)),
    ])
  } catch (cause) {
    source.destroy()
    await unpacking.catch(() => {})
    if (cause instanceof GlyphlabError || !(cause instanceof Error)) throw cause
    throw new GlyphlabError(
      'UNREADABLE_FILE',
      `${name}: the tar file is damaged or cut short (${cause.message}). Fetch it again.`,
      undefined,
      { cause },
    )
  }
}

import { Transform } from 'node:stream'
import { crc32 } from 'node:zlib'
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from 'yauzl'
import { GlyphlabError } from '../../contract/index.ts'
import type { ArchiveWriter, ExpandPort } from './archive-writer.ts'

const encrypted = 0x1
const symbolicLink = 0o120000
const fileTypeMask = 0o170000

/** Names are UTF-8 where the entry says so or the bytes are; otherwise what PKWARE wrote (code page 437). */
function nameOf(entry: Entry): string {
  const raw = entry.fileNameRaw
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(raw).replaceAll('\\', '/')
  } catch {
    return getFileNameLowLevel(entry.generalPurposeBitFlag, raw, entry.extraFields, false).replaceAll(
      '\\',
      '/',
    )
  }
}

/** Passes bytes on and fails at the end when they are not those that the archive promises. */
function checked(entry: Entry): Transform {
  let sum = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sum = crc32(chunk, sum)
      done(null, chunk)
    },
    flush(done) {
      done(
        sum === entry.crc32
          ? null
          : new GlyphlabError('INVALID_INPUT', 'damaged in the archive (its checksum is wrong)'),
      )
    },
  })
}

function refusalOf(entry: Entry): string | null {
  if (entry.generalPurposeBitFlag & encrypted) return 'encrypted; unpack the archive with its password first'
  if (((entry.externalFileAttributes >>> 16) & fileTypeMask) === symbolicLink)
    return 'a symbolic link; links in archives are not followed'
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8)
    return `packed by a method (${entry.compressionMethod}) that can't be unpacked; unpack the archive first`
  return null
}

async function expandEntries(zip: ZipFile, writer: ArchiveWriter, port: ExpandPort): Promise<void> {
  let read = 0
  for await (const entry of zip.eachEntry()) {
    writer.begin()
    const name = nameOf(entry)
    const refusal = refusalOf(entry)
    if (name.endsWith('/')) await writer.addFolder(name)
    else if (refusal !== null) writer.refuse(name, refusal)
    else {
      const content = await zip.openReadStreamPromise(entry)
      const sound = checked(entry)
      content.on('error', (cause) => sound.destroy(cause))
      await writer.addFile(name, content.pipe(sound))
      content.destroy()
    }
    read += entry.compressedSize
    port.progress(read, zip.fileSize)
  }
}

/** Unpacks a zip file. @throws GlyphlabError UNREADABLE_FILE when it is damaged as a whole */
export async function expandZip(
  file: string,
  name: string,
  writer: ArchiveWriter,
  port: ExpandPort,
): Promise<void> {
  try {
    const zip = await openPromise(file, { lazyEntries: true, decodeStrings: false, autoClose: false })
    try {
      await expandEntries(zip, writer, port)
    } finally {
      zip.close()
    }
  } catch (cause) {
    if (cause instanceof GlyphlabError || !(cause instanceof Error)) throw cause
    throw new GlyphlabError(
      'UNREADABLE_FILE',
      `${name}: the zip file is damaged or cut short (${cause.message}). Fetch it again.`,
      undefined,
      { cause },
    )
  }
}

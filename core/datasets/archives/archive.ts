import { createHash, randomUUID } from 'node:crypto'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, writeFileSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { GlyphlabError, type RefusedFile } from '../../contract/index.ts'
import { isPictureName } from '../formats/picture-name.ts'
import { subsetNamed } from '../formats/subset-names.ts'
import { isJunk } from '../junk.ts'
import { ArchiveWriter, type ExpandPort } from './archive-writer.ts'
import { expandTar } from './tar.ts'
import { expandZip } from './zip.ts'

type ArchiveKind = 'zip' | 'tar' | 'tar.gz'

const otherArchives = /\.(7z|rar|tar\.(bz2|xz|zst|lzma)|tbz2?|txz|tzst|cbr)$/i
const archiveEnding = /\.(zip|cbz|tar|tar\.gz|tgz)$/i

function readStart(file: string): Buffer {
  const handle = openSync(file, 'r')
  try {
    const start = Buffer.alloc(512)
    return start.subarray(0, readSync(handle, start, 0, 512, 0))
  } finally {
    closeSync(handle)
  }
}

/**
 * Which archive a file is, by its bytes; gzip says nothing about what it holds, so there the name decides.
 * @throws GlyphlabError UNSUPPORTED for kinds of archive that can't be unpacked
 */
export function archiveKind(file: string): ArchiveKind | null {
  const start = readStart(file)
  const signature = start.toString('latin1', 0, 4)
  if (signature === 'PK\x03\x04' || signature === 'PK\x05\x06') return 'zip'
  if (start.toString('latin1', 257, 262) === 'ustar') return 'tar'
  if (start[0] === 0x1f && start[1] === 0x8b && /\.(tar\.gz|tgz)$/i.test(file)) return 'tar.gz'
  const name = path.basename(file)
  if (otherArchives.test(name))
    throw new GlyphlabError(
      'UNSUPPORTED',
      `${name}: this kind of archive can't be unpacked here. Unpack it and import the folder, or pack it as zip or tar.gz.`,
    )
  if (archiveEnding.test(name))
    throw new GlyphlabError(
      'UNREADABLE_FILE',
      `${name}: the archive is ${start.length === 0 ? 'empty (0 bytes)' : 'damaged: it does not begin as its name says'}. Fetch it again.`,
    )
  return null
}

/**
 * Where the data begins in an unpacked archive: below the one folder that holds everything, as archives of a folder
 * have it. A single class or subset folder stays.
 */
function dataFolder(folder: string, archiveName: string): string {
  const top = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !isJunk(name))
  const [only] = top
  if (top.length !== 1 || !only?.isDirectory() || subsetNamed(only.name) !== null) return folder
  const inside = path.join(folder, only.name)
  const stem = archiveName.replace(archiveEnding, '')
  const holdsMore = readdirSync(inside, { withFileTypes: true }).some(
    (entry) => !isJunk(entry.name) && (entry.isDirectory() || !isPictureName(entry.name)),
  )
  return holdsMore || only.name.normalize('NFC') === stem.normalize('NFC') ? inside : folder
}

export interface ExpandedArchive {
  root: string
  refused: RefusedFile[]
  /** Removes what was unpacked. */
  remove(): Promise<void>
}

const expandedIn = (home: string): string => path.join(home, 'expanded')

/** Removes what a process that died, or a look at an archive, left unpacked. Call only while nothing imports. */
export async function cleanExpanded(home: string): Promise<void> {
  await rm(expandedIn(home), { recursive: true, force: true })
}

/** Removes what other looks have left; at most one is kept for the import that may follow. */
async function removeOthers(home: string, key: string): Promise<void> {
  for (const name of await readdir(expandedIn(home)))
    if (name !== key && !/\.(taking|taken)$/.test(name))
      await rm(path.join(expandedIn(home), name), { recursive: true, force: true })
}

async function expand(
  file: string,
  kind: ArchiveKind,
  folder: string,
  port: ExpandPort,
): Promise<RefusedFile[]> {
  const name = path.basename(file)
  const { size } = await stat(file)
  const writer = new ArchiveWriter(name, folder, size, port)
  await writer.reserve(size)
  if (kind === 'zip') await expandZip(file, name, writer, port)
  else await expandTar(file, name, kind === 'tar.gz', writer, port)
  return writer.refused
}

/**
 * Unpacks an archive into the data folder. A look at it leaves the folder there for the next look and for the import,
 * which takes it over (`take`) for itself. A folder that has its name is whole. Looks come one at a time.
 * @throws GlyphlabError UNREADABLE_FILE | DISK_FULL | CANCELLED
 */
export async function expandArchive(
  home: string,
  file: string,
  kind: ArchiveKind,
  take: boolean,
  port: ExpandPort,
): Promise<ExpandedArchive> {
  const { size, mtimeMs } = await stat(file)
  const key = createHash('sha256')
    .update(JSON.stringify([file, size, mtimeMs]))
    .digest('hex')
    .slice(0, 16)
  const looked = path.join(expandedIn(home), key)
  await mkdir(expandedIn(home), { recursive: true })
  if (!take) await removeOthers(home, key)
  if (!existsSync(looked)) {
    const partial = `${looked}.${randomUUID()}.${take ? 'taking' : 'looking'}`
    const content = path.join(partial, 'content')
    await mkdir(content, { recursive: true })
    try {
      writeFileSync(
        path.join(partial, 'refused.json'),
        JSON.stringify(await expand(file, kind, content, port)),
      )
      await rename(partial, looked)
    } catch (cause) {
      await rm(partial, { recursive: true, force: true })
      throw cause
    }
  }
  const folder = take ? `${looked}.${randomUUID()}.taken` : looked
  if (take) await rename(looked, folder)
  return {
    root: dataFolder(path.join(folder, 'content'), path.basename(file)),
    refused: JSON.parse(readFileSync(path.join(folder, 'refused.json'), 'utf8')) as RefusedFile[],
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

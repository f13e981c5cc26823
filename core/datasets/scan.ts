import { type Dirent, promises as fs } from 'node:fs'
import path from 'node:path'
import type { RefusedFile } from '../contract/index.ts'
import { isJunk } from './junk.ts'

/** A name of the file system: text, or bytes where it is no valid UTF-8 (Linux allows any). */
export type FilePath = string | Buffer

export interface FoundFile {
  /** Relative path with `/`, as text: the sample's identity. */
  path: string
  file: FilePath
}

export interface ScanResult {
  files: FoundFile[]
  ignored: string[]
  refused: RefusedFile[]
  /** Folders without any file, relative. */
  emptyFolders: string[]
}

const decoder = new TextDecoder('utf-8', { fatal: true })

function toText(name: Buffer): string {
  try {
    return decoder.decode(name)
  } catch {
    return name.toString('latin1').replace(/[\x80-\xff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`)
  }
}

function join(folder: FilePath, name: Buffer): FilePath {
  const text = toText(name)
  if (typeof folder === 'string' && Buffer.from(text).equals(name)) return path.join(folder, text)
  return Buffer.concat([Buffer.from(folder), Buffer.from(path.sep), name])
}

/**
 * Every file below `root`. Symbolic links are followed; a folder that is reached again through a link ends there, so
 * loops end. What can't be reached is refused by name; junk is listed as ignored.
 */
export async function scanFolder(root: string): Promise<ScanResult> {
  const result: ScanResult = { files: [], ignored: [], refused: [], emptyFolders: [] }
  const walk = async (folder: FilePath, relative: string, parents: readonly string[]): Promise<number> => {
    const real = (await fs.realpath(folder)).toString()
    if (parents.includes(real)) {
      result.ignored.push(`${relative} (a link to a folder above it)`)
      return 0
    }
    const entries: Dirent<Buffer>[] = await fs.readdir(folder, { withFileTypes: true, encoding: 'buffer' })
    entries.sort((a, b) => Buffer.compare(a.name, b.name))
    let count = 0
    for (const entry of entries) {
      const name = toText(entry.name)
      const inner = relative === '' ? name : `${relative}/${name}`
      const file = join(folder, entry.name)
      if (isJunk(name)) {
        result.ignored.push(inner)
        continue
      }
      try {
        const stat = entry.isSymbolicLink() ? await fs.stat(file) : entry
        if (stat.isDirectory()) {
          count += await walk(file, inner, [...parents, real])
        } else if (stat.isFile()) {
          result.files.push({ path: inner, file })
          count += 1
        } else {
          result.refused.push({ path: inner, reason: 'not a file' })
        }
      } catch (cause) {
        const { code } = cause as NodeJS.ErrnoException
        const reason =
          code === 'ENOENT'
            ? 'a link to a file that does not exist'
            : code === 'ELOOP'
              ? 'a link that leads to itself'
              : `can't be opened (${code})`
        result.refused.push({ path: inner, reason })
      }
    }
    if (count === 0 && relative !== '') result.emptyFolders.push(relative)
    return count
  }
  await walk(root, '', [])
  return result
}

/** Counts the files below `root` up to `most`: whether a scan would be a long one. */
export async function holdsMoreThan(root: string, most: number): Promise<boolean> {
  let count = 0
  const folders = [root]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    // What can't be read is told of by the scan itself.
    const entries = await fs.readdir(folder, { withFileTypes: true }).catch(() => [])
    count += entries.length
    if (count > most) return true
    for (const entry of entries) if (entry.isDirectory()) folders.push(path.join(folder, entry.name))
  }
  return false
}

import type { FolderFile } from './sources.ts'

const readSome = (reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> =>
  new Promise((resolve, reject) => reader.readEntries(resolve, reject))

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject))

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory

/**
 * All files below a dropped folder, with paths relative to it, in path order.
 * A folder lists at most 100 entries at a time, so it is asked until it has no more.
 * @throws DOMException when a file or folder can't be read
 */
export async function walkFolder(folder: FileSystemDirectoryEntry): Promise<FolderFile[]> {
  const found: FolderFile[] = []
  const walk = async (directory: FileSystemDirectoryEntry, prefix: string): Promise<void> => {
    const reader = directory.createReader()
    for (let entries = await readSome(reader); entries.length > 0; entries = await readSome(reader)) {
      for (const entry of entries) {
        const path = prefix + entry.name
        if (isFile(entry)) found.push({ path, file: await fileOf(entry) })
        else if (isFolder(entry)) await walk(entry, `${path}/`)
      }
    }
  }
  await walk(folder, '')
  return found.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

const mostNames = 2_000

/** Some of the paths below a folder, those of its upper folders first: enough to tell what it holds. */
export async function namesBelow(folder: FileSystemDirectoryEntry): Promise<string[]> {
  const names: string[] = []
  const waiting = [{ directory: folder, prefix: '' }]
  for (let next = waiting.shift(); next && names.length < mostNames; next = waiting.shift()) {
    const reader = next.directory.createReader()
    for (let entries = await readSome(reader); entries.length > 0; entries = await readSome(reader)) {
      for (const entry of entries) {
        const path = next.prefix + entry.name
        if (isFolder(entry)) waiting.push({ directory: entry, prefix: `${path}/` })
        else names.push(path)
      }
      if (names.length >= mostNames) break
    }
  }
  return names
}

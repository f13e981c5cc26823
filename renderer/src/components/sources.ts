import type { FileSource } from '../../../core/contract/index.ts'
import { desktop } from '../client/desktop.ts'
import { upload } from '../client/rpc.ts'

/** A file with its path inside the folder that was dropped or chosen. */
export interface FolderFile {
  path: string
  file: File
}

/** Told after each file: how many of how many have been handed over. */
type OnSent = (done: number, total: number) => void

export const pathSource = (path: string): FileSource => ({ kind: 'path', path })
export const sampleSource = (sampleId: string): FileSource => ({ kind: 'sample', sampleId })

/** The path of a file on this machine, where the shell can tell. */
export const pathOf = (file: File): string => desktop()?.pathForFile(file) ?? ''

/**
 * Hands pictures to the engine: by path in the desktop shell, else by upload (a pasted picture has no path).
 * @throws GlyphlabError when an upload fails
 */
export async function sourcesFromFiles(files: readonly File[], onSent?: OnSent): Promise<FileSource[]> {
  const sources: FileSource[] = []
  for (const [index, file] of files.entries()) {
    const path = pathOf(file)
    sources.push(path ? pathSource(path) : await uploadedFile(file, index))
    onSent?.(index + 1, files.length)
  }
  return sources
}

async function uploadedFile(file: File, index: number): Promise<FileSource> {
  const receipt = await upload(file, file.name || `picture ${index + 1}`)
  return { kind: 'upload', uploadId: receipt.uploadId }
}

/**
 * Sends the files of a folder to the engine, which keeps their relative paths.
 * @throws GlyphlabError when an upload fails
 */
export async function sourceFromFolder(files: readonly FolderFile[], onSent?: OnSent): Promise<FileSource> {
  const [first, ...others] = files
  if (!first) throw new Error('The folder is empty.')
  const { uploadId } = await upload(first.file, first.path)
  onSent?.(1, files.length)
  let done = 1
  const waiting = others.values()
  const sendSome = async () => {
    for (const { file, path } of waiting) {
      await upload(file, path, uploadId)
      done += 1
      onSent?.(done, files.length)
    }
  }
  await Promise.all([sendSome(), sendSome(), sendSome(), sendSome()])
  return { kind: 'upload', uploadId }
}

/** Files of an `<input type="file" webkitdirectory>`, with paths inside the chosen folder, and the folder's name. */
export function filesOfChosenFolder(list: FileList): { name: string; files: FolderFile[] } {
  const files = Array.from(list, (file) => {
    const [, ...inside] = file.webkitRelativePath.split('/')
    return { path: inside.join('/') || file.name, file }
  })
  return { name: list[0]?.webkitRelativePath.split('/')[0] ?? 'folder', files }
}

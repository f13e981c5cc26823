import type { DroppedItem } from './drop-intent.ts'
import { pathOf } from './sources.ts'

/** Something dropped or pasted. A folder has an entry (in a browser) or a path (in the desktop app). */
export interface Dropped extends DroppedItem {
  file: File | null
  entry: FileSystemDirectoryEntry | null
  path: string
}

const isFolder = (entry: FileSystemEntry | null): entry is FileSystemDirectoryEntry =>
  entry?.isDirectory ?? false

/** Reads a drop. To be called within the event: afterwards the browser has emptied the transfer. */
export function droppedFrom(transfer: DataTransfer): Dropped[] {
  return Array.from(transfer.items)
    .filter((item) => item.kind === 'file')
    .flatMap((item): Dropped[] => {
      const entry = item.webkitGetAsEntry()
      const file = item.getAsFile()
      const name = entry?.name ?? file?.name
      if (name === undefined) return []
      const path = file ? pathOf(file) : ''
      if (isFolder(entry)) return [{ name, folder: true, type: '', file: null, entry, path }]
      return [{ name, folder: false, type: file?.type ?? '', file, entry: null, path }]
    })
}

/** Reads pasted files and pictures. */
export const pastedFrom = (clipboard: DataTransfer): Dropped[] =>
  Array.from(clipboard.files, (file) => ({
    name: file.name || 'Pasted picture',
    folder: false,
    type: file.type,
    file,
    entry: null,
    path: '',
  }))

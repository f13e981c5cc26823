import type { DroppedItem } from './drop-intent.ts'
import { namesBelow } from './file-entries.ts'
import { isTable, looksLikeLog } from './run-log-names.ts'
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

const headBytes = 4_096
const mayBeMetrics = /\.(prom|metrics|om|txt|json)$/i
/** As the engine looks: the Prometheus text format, or an answer of its `query_range`. */
const looksLikeMetrics = (head: string): boolean =>
  /^\s*\{/.test(head) ? /"resultType"/.test(head) : /^# (HELP|TYPE) \w/m.test(head)

/** Looks at names inside of folders and at the first line of tables, to tell runs from datasets. */
export function lookInto(items: readonly Dropped[]): Promise<Dropped[]> {
  return Promise.all(
    items.map(async (item) => {
      try {
        if (item.entry) return { ...item, inside: await namesBelow(item.entry) }
        if (item.file && mayBeMetrics.test(item.name))
          return { ...item, isMetrics: looksLikeMetrics(await item.file.slice(0, headBytes).text()) }
        if (!item.file || !isTable(item.name)) return item
        return { ...item, isLog: looksLikeLog(item.name, await item.file.slice(0, headBytes).text()) }
      } catch {
        // What can't be looked at is offered by its name alone; opening it says what is wrong.
        return item
      }
    }),
  )
}

import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { FoundFile } from '../scan.ts'
import { decodeText } from './decode-text.ts'
import { parseTable, type Table } from './table.ts'

const headBytes = 128 * 1024

/** The beginning of a file; `cut` when there is more. */
function readHead(file: FoundFile, bytes: number): { content: Buffer; cut: boolean } {
  const handle = openSync(file.file, 'r')
  try {
    const content = Buffer.alloc(Math.min(bytes, fstatSync(handle).size))
    readSync(handle, content, 0, content.length, 0)
    return { content, cut: content.length < fstatSync(handle).size }
  } finally {
    closeSync(handle)
  }
}

/** The first rows of what may be a table of labels; null when it is none. A long JSON file has to be whole: it is not looked at. */
export function glance(file: FoundFile): Table | null {
  try {
    const { content, cut } = readHead(file, /\.json$/i.test(file.path) ? 16 * 1024 ** 2 : headBytes)
    const text = decodeText(content, file.path, undefined, cut)
    return parseTable(
      cut ? text.slice(0, Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r'))) : text,
      file.path,
    )
  } catch {
    return null
  }
}

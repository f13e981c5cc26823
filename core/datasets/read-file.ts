import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { FilePath } from './scan.ts'

const smallBytes = 1024 * 1024

/**
 * The content of a file. A small one is read at once: the four trips to the thread pool that Node makes otherwise take
 * longer than reading it. For worker processes only.
 */
export async function readSourceFile(file: FilePath): Promise<Buffer> {
  const handle = openSync(file, 'r')
  try {
    const { size } = fstatSync(handle)
    if (size <= smallBytes) {
      const content = Buffer.allocUnsafe(size)
      let read = 0
      while (read < size) {
        const count = readSync(handle, content, read, size - read, null)
        if (count === 0) break
        read += count
      }
      return content.subarray(0, read)
    }
  } finally {
    closeSync(handle)
  }
  return readFile(file)
}

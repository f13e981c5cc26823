import { open, readFile } from 'node:fs/promises'
import { inspectImage, readablePages } from './image.ts'

const largestFile = 512 * 1024 ** 2
const tiffStarts = ['49492a00', '4d4d002a', '49492b00', '4d4d002b']

/**
 * How many pages of a file can be read one by one: more than one for TIFF and PDF only, whose headers are read. A file
 * that can't be read counts as one page; why is said when that is read.
 */
export async function filePages(file: string): Promise<number> {
  try {
    const handle = await open(file)
    try {
      const head = Buffer.alloc(1024)
      await handle.read(head, 0, head.length, 0)
      const paged = tiffStarts.includes(head.toString('hex', 0, 4)) || head.includes('%PDF-')
      if (!paged || (await handle.stat()).size > largestFile) return 1
    } finally {
      await handle.close()
    }
    return readablePages(await inspectImage(await readFile(file), file))
  } catch {
    return 1
  }
}

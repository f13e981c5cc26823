import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { FoundFile } from '../scan.ts'

const pieceBytes = 64 * 1024
const mostFiles = 200

/** The first and last 64 KiB of a file as Latin-1 text; '' when it can't be read (the import names it later). */
export function endsOf({ file }: FoundFile): string {
  let handle: number | undefined
  try {
    handle = openSync(file, 'r')
    const { size } = fstatSync(handle)
    const read = (start: number, length: number) => {
      const buffer = Buffer.alloc(length)
      return buffer.subarray(0, readSync(handle ?? -1, buffer, 0, length, start)).toString('latin1')
    }
    const head = read(0, Math.min(size, pieceBytes))
    return size <= pieceBytes ? head : `${head}\n${read(Math.max(pieceBytes, size - pieceBytes), pieceBytes)}`
  } catch {
    return ''
  } finally {
    if (handle !== undefined) closeSync(handle)
  }
}

/** The files with one of these extensions, in the order of the scan. */
export const withExtension = (files: readonly FoundFile[], extensions: RegExp): FoundFile[] =>
  files.filter(({ path }) => extensions.test(path))

/** Whether one of the (first 200) files with such an extension begins or ends with something that `matches`. */
export function someFile(
  files: readonly FoundFile[],
  extensions: RegExp,
  matches: (ends: string) => boolean,
): boolean {
  return withExtension(files, extensions)
    .slice(0, mostFiles)
    .some((file) => matches(endsOf(file).replaceAll('\0', '')))
}

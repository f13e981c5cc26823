import type { FoundFile } from '../scan.ts'

/** Finds the file that a cell of a table names: with `\` or `/`, from the table's folder or the root, or by its name alone. */
export type FileFinder = (cell: string) => FoundFile | undefined

const plain = (path: string): string =>
  path
    .trim()
    .replaceAll('\\', '/')
    .replace(/^(\.\/)+/, '')
    .normalize('NFC')
const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
const withoutExtension = (path: string): string => path.replace(/\.[^./]*$/, '')

/** An index that forgets what is ambiguous. */
function indexBy(
  files: readonly FoundFile[],
  keyOf: (path: string) => string,
): Map<string, FoundFile | null> {
  const index = new Map<string, FoundFile | null>()
  for (const file of files) {
    const key = keyOf(file.path.normalize('NFC'))
    index.set(key, index.has(key) ? null : file)
  }
  return index
}

/** @param folder the table's folder, relative, '' for the root */
export function createFileFinder(files: readonly FoundFile[], folder: string): FileFinder {
  const exact = indexBy(files, (path) => path)
  const anyCase = indexBy(files, (path) => path.toLowerCase())
  const byName = indexBy(files, (path) => baseOf(path).toLowerCase())
  const byStem = indexBy(files, (path) => withoutExtension(baseOf(path)).toLowerCase())
  return (cell) => {
    const path = plain(cell)
    if (path === '') return undefined
    const near = folder === '' ? path : `${folder}/${path}`
    const name = baseOf(path).toLowerCase()
    return (
      exact.get(near) ??
      exact.get(path) ??
      anyCase.get(near.toLowerCase()) ??
      anyCase.get(path.toLowerCase()) ??
      byName.get(name) ??
      byStem.get(name) ??
      undefined
    )
  }
}

import type { FoundFile } from '../scan.ts'

export const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))
/** Without the extension of the last part. */
export const stemOf = (path: string): string => path.replace(/(?<=[^/])\.[^./]*$/, '')

/** A relative path without `.`, `..` and doubled slashes; what leads above the top stays at the top. */
export function normalisePath(path: string): string {
  const parts: string[] = []
  for (const part of path.normalize('NFC').replaceAll('\\', '/').split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/** Finds the files of a source by the names that annotations give them. Nothing outside the source is ever reached. */
export class FileIndex {
  private readonly byPath = new Map<string, FoundFile>()
  private readonly byBase = new Map<string, FoundFile[]>()

  constructor(files: readonly FoundFile[]) {
    for (const file of files) {
      const path = file.path.normalize('NFC')
      this.byPath.set(path, file)
      const same = this.byBase.get(baseOf(path))
      if (same) same.push(file)
      else this.byBase.set(baseOf(path), [file])
    }
  }

  at(path: string): FoundFile | undefined {
    return this.byPath.get(normalisePath(path))
  }

  /**
   * The file that an annotation means by `name`: below one of `folders`; else the only file whose path ends in what
   * `name` ends in (the longest such ending counts), for names that come from another machine.
   */
  find(name: string, folders: readonly string[]): FoundFile | undefined {
    for (const folder of folders) {
      const found = this.at(`${folder}/${name}`)
      if (found) return found
    }
    const parts = normalisePath(name).split('/')
    const candidates = this.byBase.get(parts.at(-1) ?? '') ?? []
    for (let from = 0; from < parts.length; from++) {
      const ending = parts.slice(from).join('/')
      const found = candidates.filter(({ path }) => `/${path.normalize('NFC')}`.endsWith(`/${ending}`))
      if (found.length > 0) return found.length === 1 ? found[0] : undefined
    }
    return undefined
  }
}

/** The short name of each, where no two share one; otherwise all keep their long name. */
export function samplePaths<T>(
  items: readonly T[],
  short: (item: T) => string,
  long: (item: T) => string,
): string[] {
  const shorts = items.map((item) => normalisePath(short(item)))
  const unique = new Set(shorts).size === shorts.length && shorts.every((path) => path !== '')
  return unique ? shorts : items.map((item) => normalisePath(long(item)))
}

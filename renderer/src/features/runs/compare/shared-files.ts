import type { Run } from '../../../../../core/contract/index.ts'

export interface SharedFile {
  path: string
  /** One for each run; null where it has none. */
  files: ({ hash: string; bytes: number } | null)[]
  /** How many of the runs have it. */
  count: number
  /** Equal to the byte in each of the runs. */
  equal: boolean
}

/** The files that some of the runs have, by path. */
export function sharedFiles(runs: readonly Pick<Run, 'artifacts'>[]): SharedFile[] {
  const byPath = new Map<string, SharedFile['files']>()
  runs.forEach(({ artifacts }, place) => {
    for (const { path, hash, bytes } of artifacts) {
      const files = byPath.get(path) ?? runs.map(() => null)
      files[place] = { hash, bytes }
      byPath.set(path, files)
    }
  })
  return [...byPath]
    .map(([path, files]) => ({
      path,
      files,
      count: files.filter(Boolean).length,
      equal: files.every((file) => file !== null && file.hash === files[0]?.hash),
    }))
    .sort((a, b) => a.path.localeCompare(b.path, undefined, { numeric: true }))
}

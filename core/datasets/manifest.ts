import { createHash } from 'node:crypto'

export interface ManifestEntry {
  path: string
  hash: string
  label: string
}

/** Order by UTF-8 bytes: the same on every machine and in every locale. */
export const comparePaths = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

/**
 * The digest of a dataset version: sha256 over one line of canonical JSON a sample, `[path, hash, label]`, in path
 * order. Neither the order of files, nor clocks, nor junk files have a part in it.
 */
export function manifestDigest(sorted: readonly ManifestEntry[]): string {
  const hasher = createHash('sha256').update('glyphlab-dataset/1\n')
  for (const { path, hash, label } of sorted) hasher.update(`${JSON.stringify([path, hash, label])}\n`)
  return hasher.digest('hex')
}

/** Class names in a natural order: numbers by value, the rest by bytes. */
export function sortLabels(labels: Iterable<string>): string[] {
  const unique = [...new Set(labels)]
  return unique.every((label) => /^\d{1,15}$/.test(label))
    ? unique.sort((a, b) => Number(a) - Number(b) || comparePaths(a, b))
    : unique.sort(comparePaths)
}

import { createHash } from 'node:crypto'
import type { Annotation } from '../contract/index.ts'

export interface ManifestEntry extends Annotation {
  path: string
  hash: string
  label: string
}

/** Order by UTF-8 bytes: the same on every machine and in every locale. */
export const comparePaths = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** The annotation as it stands in the manifest; undefined where there is none. Boxes keep their order. */
function annotationOf({ text, value, group, boxes }: Annotation): unknown[] | undefined {
  if (text === null && value === null && group === null && boxes.length === 0) return undefined
  return [text, value, group, boxes.map((box) => [box.label, box.x0, box.y0, box.x1, box.y1, box.text])]
}

/**
 * The digest of a dataset version: sha256 over one line of canonical JSON a sample, `[path, hash, label]` and, where
 * it has one, its annotation `[text, value, group, [[label, x0, y0, x1, y1, text], ...]]`, in path order. Neither the order of files, nor clocks, nor junk files have a part in it.
 */
export function manifestDigest(sorted: readonly ManifestEntry[]): string {
  const hasher = createHash('sha256').update('glyphlab-dataset/1\n')
  for (const entry of sorted) {
    const annotation = annotationOf(entry)
    const { path, hash, label } = entry
    hasher.update(`${JSON.stringify(annotation ? [path, hash, label, annotation] : [path, hash, label])}\n`)
  }
  return hasher.digest('hex')
}

/** Class names in a natural order: numbers by value, the rest by bytes. */
export function sortLabels(labels: Iterable<string>): string[] {
  const unique = [...new Set(labels)]
  return unique.every((label) => /^\d{1,15}$/.test(label))
    ? unique.sort((a, b) => Number(a) - Number(b) || comparePaths(a, b))
    : unique.sort(comparePaths)
}

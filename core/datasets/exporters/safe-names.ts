import { createHash } from 'node:crypto'
import { stemOf } from '../formats/file-index.ts'
import { counted, listed } from '../formats/notes.ts'

const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i
/** Bytes of UTF-8: what all common file systems take, with room for an ending. */
const maxBytes = 200

/** A name that Windows, macOS and Linux take alike. */
export function safeName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replace(/[<>:"|?*\\/\p{Cc}]/gu, '_')
    .replace(/[. ]+$/, (end) => '_'.repeat(end.length))
  const usable = plain === '' ? '_' : reserved.test(plain) ? `_${plain}` : plain
  if (Buffer.byteLength(usable) <= maxBytes) return usable
  const extension = /\.[A-Za-z0-9]{1,8}$/.exec(usable)?.[0] ?? ''
  const mark = `~${createHash('sha256').update(name).digest('hex').slice(0, 8)}${extension}`
  let short = usable
  while (Buffer.byteLength(short) + mark.length > maxBytes) short = [...short].slice(0, -1).join('')
  return `${short}${mark}`
}

const safePath = (path: string): string => path.split('/').map(safeName).join('/')

/** Names differ where no file system may take them for one: without regard to case and to how letters are composed. */
const folded = (path: string): string => path.normalize('NFC').toLowerCase()

/** Gives out each name once; a second asker gets `name-2`. */
export class UniqueNames {
  private readonly taken = new Set<string>()
  private readonly keyOf: (path: string) => string

  /** `byStem`: names that differ in the extension only count as the same, since a file of annotations stands beside each. */
  constructor(byStem = false) {
    this.keyOf = byStem ? (path) => folded(stemOf(path)) : folded
  }

  take(path: string): string {
    const stem = stemOf(path)
    const extension = path.slice(stem.length)
    let name = path
    for (let count = 2; this.taken.has(this.keyOf(name)); count++) name = `${stem}-${count}${extension}`
    this.taken.add(this.keyOf(name))
    return name
  }
}

/** For each sample path the safe and unique path to write it to, and a warning that names those that had to change. */
export function safePaths(
  paths: readonly string[],
  { byStem = false } = {},
): { paths: string[]; warnings: string[] } {
  const names = new UniqueNames(byStem)
  const safe = paths.map((path) => names.take(safePath(path)))
  const changed = safe.flatMap((path, index) => (path === paths[index] ? [] : [`${paths[index]} is ${path}`]))
  const warnings =
    changed.length > 0
      ? [
          `${counted(changed.length, 'name')} had to change, so that every system can hold the files: ${listed(changed)}.`,
        ]
      : []
  return { paths: safe, warnings }
}

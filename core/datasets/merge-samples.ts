import { type Annotation, GlyphlabError, type OnConflict } from '../contract/index.ts'
import { nameList } from './importers/name-list.ts'

interface MergeItem extends Annotation {
  path: string
  hash: string
  label: string
}

const contentOf = ({ hash, label, text, value, group, boxes }: MergeItem): string =>
  JSON.stringify([hash, label, text, value, group, boxes])

/** `a/b.png` becomes `a/b (2).png`, or the next number that is free. */
function freePath(path: string, taken: ReadonlySet<string>): string {
  const dot = path.lastIndexOf('.')
  const end = dot > path.lastIndexOf('/') + 1 ? dot : path.length
  for (let number = 2; ; number++) {
    const candidate = `${path.slice(0, end)} (${number})${path.slice(end)}`
    if (!taken.has(candidate)) return candidate
  }
}

/**
 * The samples of a version and those that are added to it. A path that comes again with the same content is one sample;
 * with another content `onConflict` says what is done.
 * @throws GlyphlabError CONFLICT, naming the paths, when it is to fail
 */
export function mergeSamples<T extends MergeItem>(
  base: readonly T[],
  added: readonly T[],
  onConflict: OnConflict,
): { items: T[]; warnings: string[] } {
  const items = new Map(base.map((item) => [item.path, item]))
  const taken = new Set([...items.keys(), ...added.map(({ path }) => path)])
  const conflicts: string[] = []
  let same = 0
  for (const item of added) {
    const known = items.get(item.path)
    if (known && contentOf(known) === contentOf(item)) {
      same += 1
      continue
    }
    if (known) conflicts.push(item.path)
    if (known && onConflict === 'keep') {
      const path = freePath(item.path, taken)
      taken.add(path)
      items.set(path, { ...item, path })
    } else items.set(item.path, item)
  }
  if (onConflict === 'fail' && conflicts.length > 0)
    throw new GlyphlabError(
      'CONFLICT',
      `${conflicts.length} pictures are there already with other content: ${nameList(conflicts)}. Nothing was imported. Choose to replace them or to keep both.`,
    )
  const warnings: string[] = []
  if (same > 0) warnings.push(`${same} pictures were there already and stay as they are.`)
  if (conflicts.length > 0)
    warnings.push(
      `${conflicts.length} pictures were there with other content and ${onConflict === 'replace' ? 'have been replaced' : 'are kept beside the new ones'}: ${nameList(conflicts)}.`,
    )
  return { items: [...items.values()], warnings }
}

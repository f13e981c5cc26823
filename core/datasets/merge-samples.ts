import { type Annotation, GlyphlabError, type OnConflict } from '../contract/index.ts'
import { nameList } from './importers/name-list.ts'

interface MergeItem extends Annotation {
  path: string
  hash: string
  label: string
}

const contentOf = ({ hash, label, text, value, group, boxes }: MergeItem): string =>
  JSON.stringify([hash, label, text, value, group, boxes])

/** `a/b.png` becomes `a/b (2).png`, or the next number that is free; null when the item lies there under one already. */
function freePath(
  { path, ...content }: MergeItem,
  items: ReadonlyMap<string, MergeItem>,
  taken: ReadonlySet<string>,
): string | null {
  const dot = path.lastIndexOf('.')
  const end = dot > path.lastIndexOf('/') + 1 ? dot : path.length
  for (let number = 2; ; number++) {
    const candidate = `${path.slice(0, end)} (${number})${path.slice(end)}`
    if (!taken.has(candidate)) return candidate
    const there = items.get(candidate)
    if (there && contentOf(there) === contentOf({ path, ...content })) return null
  }
}

interface MergeRules {
  onConflict: OnConflict
  noun: 'picture' | 'row'
  /** Whether a path is a name. Rows that are only numbered can't replace others: two tables have a first row each. */
  named: boolean
}

/**
 * The samples of a version and those that are added to it. A path that comes again with the same content is one sample;
 * with another content `onConflict` says what is done, and rows without names are kept beside.
 * @throws GlyphlabError CONFLICT, naming the paths, when it is to fail
 */
export function mergeSamples<T extends MergeItem>(
  base: readonly T[],
  added: readonly T[],
  { onConflict, noun, named }: MergeRules,
): { items: T[]; warnings: string[] } {
  const items = new Map(base.map((item) => [item.path, item]))
  const taken = new Set([...items.keys(), ...added.map(({ path }) => path)])
  const keepBoth = onConflict === 'keep' || !named
  const conflicts: string[] = []
  let same = 0
  for (const item of added) {
    const known = items.get(item.path)
    if (known && contentOf(known) === contentOf(item)) {
      same += 1
      continue
    }
    if (!known) {
      items.set(item.path, item)
      continue
    }
    const path = keepBoth ? freePath(item, items, taken) : item.path
    if (path === null) {
      same += 1
      continue
    }
    conflicts.push(item.path)
    taken.add(path)
    items.set(path, { ...item, path })
  }
  const count = (number: number) => `${number} ${noun}${number === 1 ? '' : 's'}`
  const were = (number: number) => (number === 1 ? 'was' : 'were')
  if (onConflict === 'fail' && conflicts.length > 0)
    throw new GlyphlabError(
      'CONFLICT',
      `${count(conflicts.length)} ${conflicts.length === 1 ? 'is' : 'are'} there already with other content: ${nameList(conflicts)}. Nothing was imported. Choose to replace them or to keep both.`,
    )
  const warnings: string[] = []
  if (same > 0)
    warnings.push(
      `${count(same)} ${were(same)} there already and ${same === 1 ? 'stays as it is' : 'stay as they are'}.`,
    )
  if (conflicts.length > 0)
    warnings.push(
      `${count(conflicts.length)} ${were(conflicts.length)} there with other content and ${
        keepBoth
          ? `${conflicts.length === 1 ? 'is' : 'are'} kept beside the new`
          : `${conflicts.length === 1 ? 'has' : 'have'} been replaced`
      }: ${nameList(conflicts)}.${named ? '' : ' The rows have numbers and no names: a column that names them (option "idColumn") lets new rows replace old ones.'}`,
    )
  return { items: [...items.values()], warnings }
}

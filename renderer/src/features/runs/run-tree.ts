/** What a search found: ids in order, and which of them lie below another one, as places: child, parent. */
export interface FoundIds {
  runIds: readonly string[]
  nested: readonly (readonly [child: number, parent: number])[]
}

export interface RunTree {
  /** The rows of the table: all that has no parent in it, and what is below an opened run. */
  rows: string[]
  /** How deep a row lies; what is not here lies at the top. */
  depths: ReadonlyMap<string, number>
  /** How many runs lie directly below one. */
  children: ReadonlyMap<string, number>
}

/** The rows to show while the runs in `opened` show what is below them. */
export function treeOf({ runIds, nested }: FoundIds, opened: ReadonlySet<string>): RunTree {
  if (nested.length === 0) return { rows: runIds as string[], depths: new Map(), children: new Map() }
  const below = new Map<number, number[]>()
  const inner = new Set<number>()
  for (const [child, parent] of nested) {
    inner.add(child)
    const own = below.get(parent)
    if (own) own.push(child)
    else below.set(parent, [child])
  }
  const rows: string[] = []
  const depths = new Map<string, number>()
  const add = (place: number, depth: number) => {
    const id = runIds[place]
    if (id === undefined) return
    rows.push(id)
    if (depth > 0) depths.set(id, depth)
    if (opened.has(id)) for (const child of below.get(place) ?? []) add(child, depth + 1)
  }
  for (let place = 0; place < runIds.length; place += 1) if (!inner.has(place)) add(place, 0)
  const children = new Map([...below].map(([place, own]) => [runIds[place] ?? '', own.length]))
  return { rows, depths, children }
}

/**
 * Puts together what shares a key with something that shares a key ... : the connected parts, by union and find.
 * Returns indices into `items`, each part in order, the parts in the order of their first item.
 */
export function linkedUnits<T>(items: readonly T[], keysOf: (item: T) => readonly string[]): number[][] {
  const parent = Int32Array.from(items, (_, index) => index)
  const root = (index: number): number => {
    let at = index
    while (parent[at] !== at) {
      parent[at] = parent[parent[at] ?? at] ?? at
      at = parent[at] ?? at
    }
    return at
  }
  const owners = new Map<string, number>()
  for (const [index, item] of items.entries()) {
    for (const key of keysOf(item)) {
      const owner = owners.get(key)
      if (owner === undefined) owners.set(key, index)
      else {
        const [a, b] = [root(owner), root(index)]
        // The first item leads, so that parts keep the order of the items.
        parent[Math.max(a, b)] = Math.min(a, b)
      }
    }
  }
  const units = new Map<number, number[]>()
  for (let index = 0; index < items.length; index += 1) {
    const lead = root(index)
    const unit = units.get(lead)
    if (unit) unit.push(index)
    else units.set(lead, [index])
  }
  return [...units.values()]
}

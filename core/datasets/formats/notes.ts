const mostNamed = 3

/** Counts what happened to many things and says it in one warning, with the first few by name. */
export class Notes {
  private readonly counts = new Map<string, { count: number; names: string[]; say: Say }>()

  /** `say` gets the count ("3") and the names ("a.jpg, b.jpg and 1 more"). */
  add(key: string, name: string, say: Say, count = 1): void {
    const entry = this.counts.get(key)
    if (!entry) {
      this.counts.set(key, { count, names: [name], say })
      return
    }
    entry.count += count
    if (!entry.names.includes(name)) entry.names.push(name)
  }

  toWarnings(): string[] {
    return [...this.counts.values()].map(({ count, names, say }) => say(count, listed(names)))
  }
}

type Say = (count: number, names: string) => string

export function listed(names: readonly string[]): string {
  const more = names.length - mostNamed
  return `${names.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** `1 box`, `2 boxes` */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`

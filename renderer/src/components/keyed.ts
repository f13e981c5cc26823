/** Items that are written once and never reordered: the place is the key. */
export const keyed = <T>(items: readonly T[]): { key: string; item: T }[] =>
  items.map((item, place) => ({ key: String(place), item }))

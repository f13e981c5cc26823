const shown = 5

/** `a, b, c and 12 more`: enough names to find them, in a sentence that can be read. */
export function nameList(names: readonly string[]): string {
  const rest = names.length - shown
  return rest > 1 ? `${names.slice(0, shown).join(', ')} and ${rest} more` : names.join(', ')
}

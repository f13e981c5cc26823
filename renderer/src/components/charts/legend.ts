/** The series that are hidden after a click on `id` in the legend: all others, none, or (`hide`) this one as well. */
export function afterLegendClick(
  ids: readonly string[],
  hidden: ReadonlySet<string>,
  id: string,
  hide: boolean,
): Set<string> {
  const next = new Set(hidden)
  if (hide) {
    if (!next.delete(id)) next.add(id)
    return next
  }
  const alone = !hidden.has(id) && ids.every((other) => other === id || hidden.has(other))
  return alone ? new Set() : new Set(ids.filter((other) => other !== id))
}

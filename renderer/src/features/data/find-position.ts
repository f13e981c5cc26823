/**
 * Where a sample stands in a filtered list, which is in the order of ordinals, by halving: at most log2(total)
 * questions. Resolves to null when the filter leaves the sample out.
 * @param ordinalAt the ordinal of the sample at a position of the list
 */
export async function findPosition(
  ordinal: number,
  total: number,
  ordinalAt: (position: number) => Promise<number | undefined>,
): Promise<number | null> {
  let low = 0
  let high = total - 1
  while (low <= high) {
    const middle = Math.floor((low + high) / 2)
    const found = await ordinalAt(middle)
    if (found === undefined) return null
    if (found === ordinal) return middle
    if (found < ordinal) low = middle + 1
    else high = middle - 1
  }
  return null
}

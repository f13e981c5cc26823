const itemsInATurn = 20_000

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * Sorts as `Array.sort` does (stable), in turns of some milliseconds: a million items do not hold up who else waits for
 * this thread. Merge sort from the bottom up.
 */
export async function sortInTurns(
  items: Uint32Array,
  compare: (a: number, b: number) => number,
): Promise<Uint32Array> {
  let from = Uint32Array.from(items)
  for (let start = 0; start < from.length; start += itemsInATurn) {
    from.subarray(start, start + itemsInATurn).sort(compare)
    await nextTurn()
  }
  let to = new Uint32Array(from.length)
  for (let width = itemsInATurn; width < from.length; width *= 2) {
    let left = 0
    let right = 0
    let inTurn = 0
    for (let at = 0; at < from.length; at++) {
      if (at % (2 * width) === 0) {
        left = at
        right = Math.min(at + width, from.length)
      }
      const middle = Math.min(at - (at % (2 * width)) + width, from.length)
      const end = Math.min(middle + width, from.length)
      const one = from[left] ?? 0
      const two = from[right] ?? 0
      const takesLeft = left < middle && (right >= end || compare(one, two) <= 0)
      to[at] = takesLeft ? one : two
      if (takesLeft) left += 1
      else right += 1
      inTurn += 1
      if (inTurn < itemsInATurn) continue
      inTurn = 0
      await nextTurn()
    }
    ;[from, to] = [to, from]
  }
  return from
}

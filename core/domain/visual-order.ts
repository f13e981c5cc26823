/** Hebrew, Arabic and the other scripts that run from right to left. */
const rightToLeft =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Samaritan}\p{Script=Mandaic}\p{Script=Adlam}]/u
const leftToRight = /[\p{L}\p{N}]/u

const mirrored = new Map(
  ['()', '[]', '{}', '<>', '«»', '‹›'].flatMap(([open = '', close = '']) => [
    [open, close],
    [close, open],
  ]),
)

type Direction = 'left' | 'right'

/**
 * A line's characters from logical order to the order in which they stand on paper from left to right, or back: the
 * function is its own inverse. A reduced form of the Unicode bidirectional algorithm (UAX #9) for single lines: the base
 * direction is that of most letters, numbers run from left to right, neutral characters between two of one direction
 * follow it, others the base.
 * @param characters grapheme clusters
 */
export function visualOrder(characters: readonly string[]): string[] {
  const strong = characters.map(directionOf)
  const count = (direction: Direction) => strong.filter((each) => each === direction).length
  const rights = characters.filter((each) => rightToLeft.test(each) && !/\p{N}/u.test(each)).length
  if (rights === 0) return [...characters]
  const lefts = characters.filter((each) => /\p{L}/u.test(each)).length - rights
  const base: Direction = rights >= lefts && count('right') > 0 ? 'right' : 'left'
  const directions = resolveNeutrals(strong, base)

  const runs: { direction: Direction; characters: string[] }[] = []
  for (const [index, character] of characters.entries()) {
    const direction = directions[index] ?? base
    const shown = direction === 'right' ? (mirrored.get(character) ?? character) : character
    const last = runs.at(-1)
    if (last?.direction === direction) last.characters.push(shown)
    else runs.push({ direction, characters: [shown] })
  }
  const ordered = runs.map((run) =>
    run.direction === 'right' ? run.characters.toReversed() : run.characters,
  )
  return (base === 'right' ? ordered.toReversed() : ordered).flat()
}

function directionOf(character: string): Direction | null {
  if (/\p{N}/u.test(character)) return 'left'
  if (rightToLeft.test(character)) return 'right'
  return leftToRight.test(character) ? 'left' : null
}

function resolveNeutrals(strong: readonly (Direction | null)[], base: Direction): Direction[] {
  return strong.map((direction, index) => {
    if (direction) return direction
    const before = strong.slice(0, index).findLast((each) => each !== null) ?? base
    const after = strong.slice(index + 1).find((each) => each !== null) ?? base
    return before === after ? before : base
  })
}

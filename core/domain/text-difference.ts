/** A stretch of text in order: the same in both, or what each has in its place. */
export type TextPart = { kind: 'same'; text: string } | { kind: 'different'; truth: string; read: string }

/** More pairs of words than any page has; beyond them only what is the same at both ends is found. */
const mostCells = 64_000_000

const stay = 0
const substitute = 1
const remove = 2
const insert = 3

/** Two words in each other's place cost less than one lost and one made up, but more than either: what is the same stays so. */
const cost = { substitute: 3, removeOrInsert: 2 }

interface Token {
  /** With the white space behind it. */
  raw: string
  word: string
}

const tokensOf = (text: string): Token[] =>
  (text.match(/\S+\s*/gu) ?? []).map((raw) => ({ raw, word: raw.trim().normalize('NFC') }))

const rawOf = (tokens: readonly Token[]): string => tokens.map(({ raw }) => raw).join('')

/** What turns `from` into `to` at least cost (Wagner and Fischer, 1974), in order. */
function stepsBetween(from: readonly Token[], to: readonly Token[]): number[] {
  const width = to.length + 1
  const moves = new Uint8Array((from.length + 1) * width)
  moves.fill(insert, 1, width)
  let above = Uint32Array.from({ length: width }, (_, column) => column * cost.removeOrInsert)
  let current = new Uint32Array(width)
  for (const [row, { word }] of from.entries()) {
    current[0] = (row + 1) * cost.removeOrInsert
    moves[(row + 1) * width] = remove
    for (let column = 1; column < width; column++) {
      const same = to[column - 1]?.word === word
      const diagonal = (above[column - 1] as number) + (same ? 0 : cost.substitute)
      const removed = (above[column] as number) + cost.removeOrInsert
      const inserted = (current[column - 1] as number) + cost.removeOrInsert
      const least = Math.min(diagonal, removed, inserted)
      current[column] = least
      moves[(row + 1) * width + column] =
        least === diagonal ? (same ? stay : substitute) : least === removed ? remove : insert
    }
    ;[above, current] = [current, above]
  }
  const steps: number[] = []
  let [row, column] = [from.length, to.length]
  while (row > 0 || column > 0) {
    const move = moves[row * width + column] as number
    steps.push(move)
    if (move !== insert) row -= 1
    if (move !== remove) column -= 1
  }
  return steps.reverse()
}

/**
 * Where a reading differs from the truth, word by word. White space does not count, but that of the truth stays in what
 * is the same, so that it shows as lines.
 */
export function textDifference(truth: string, read: string): TextPart[] {
  const [from, to] = [tokensOf(truth), tokensOf(read)]
  const sameAt = (a: number, b: number) => from[a] !== undefined && from[a]?.word === to[b]?.word
  const shorter = Math.min(from.length, to.length)
  let head = 0
  while (head < shorter && sameAt(head, head)) head += 1
  let tail = 0
  while (tail < shorter - head && sameAt(from.length - 1 - tail, to.length - 1 - tail)) tail += 1
  const middle = [from.slice(head, from.length - tail), to.slice(head, to.length - tail)] as const

  const parts: TextPart[] = []
  const addSame = (text: string) => {
    if (text === '') return
    const last = parts.at(-1)
    if (last?.kind === 'same') last.text += text
    else parts.push({ kind: 'same', text })
  }
  const addDifferent = (wanted: string, found: string) => {
    if (wanted === '' && found === '') return
    const last = parts.at(-1)
    if (last?.kind === 'different') {
      last.truth += wanted
      last.read += found
    } else parts.push({ kind: 'different', truth: wanted, read: found })
  }
  addSame(rawOf(from.slice(0, head)))
  if (middle[0].length * middle[1].length > mostCells) addDifferent(rawOf(middle[0]), rawOf(middle[1]))
  else {
    let [row, column] = [0, 0]
    for (const step of stepsBetween(...middle)) {
      const wanted = step === insert ? '' : (middle[0][row++]?.raw ?? '')
      const found = step === remove ? '' : (middle[1][column++]?.raw ?? '')
      if (step === stay) addSame(wanted)
      else addDifferent(wanted, found)
    }
  }
  addSame(rawOf(from.slice(from.length - tail)))
  return parts
}

import type { Box } from '../../contract/index.ts'
import type { OutputPage, OutputWord } from './output.ts'

export interface OutputLine {
  words: OutputWord[]
  box: Box
  text: string
}

export interface OutputBlock {
  lines: OutputLine[]
  box: Box
}

const boxAround = (boxes: readonly Box[]): Box => ({
  x0: Math.min(...boxes.map(({ x0 }) => x0)),
  y0: Math.min(...boxes.map(({ y0 }) => y0)),
  x1: Math.max(...boxes.map(({ x1 }) => x1)),
  y1: Math.max(...boxes.map(({ y1 }) => y1)),
})

/** Neighbours with one key, in order. */
function runs<T>(items: readonly T[], keyOf: (item: T) => number): T[][] {
  const found: T[][] = []
  let last: number | undefined
  for (const item of items) {
    if (keyOf(item) !== last) found.push([])
    last = keyOf(item)
    found.at(-1)?.push(item)
  }
  return found
}

/** The page's blocks of lines of words, in reading order. */
export function blocksOf({ words }: Pick<OutputPage, 'words'>): OutputBlock[] {
  return runs(words, ({ block }) => block).map((inBlock) => {
    const lines = runs(inBlock, ({ line }) => line).map((inLine) => ({
      words: inLine,
      box: boxAround(inLine.map(({ box }) => box)),
      text: inLine.map(({ text }) => text).join(' '),
    }))
    return { lines, box: boxAround(lines.map(({ box }) => box)) }
  })
}

/** The box in whole pixels. */
export const wholePixels = ({ x0, y0, x1, y1 }: Box): Box => ({
  x0: Math.max(0, Math.floor(x0)),
  y0: Math.max(0, Math.floor(y0)),
  x1: Math.ceil(x1),
  y1: Math.ceil(y1),
})

const rightToLeft = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC]/gu

/** Whether most letters are of a script that is written from right to left. */
export function isRightToLeft(text: string): boolean {
  const letters = text.match(/\p{L}/gu)?.length ?? 0
  return letters > 0 && (text.match(rightToLeft)?.length ?? 0) * 2 > letters
}

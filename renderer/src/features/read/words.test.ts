import { describe, expect, it } from 'vitest'
import type { PageWord } from '../../../../core/contract/index.ts'
import { isDoubtful, linesOf, nextDoubtful, wordOnNextLine } from './words.ts'

function word(
  index: number,
  line: number,
  block: number,
  x0: number,
  more: Partial<PageWord> = {},
): PageWord {
  const box = { x0, y0: line * 20, x1: x0 + 40, y1: line * 20 + 16 }
  return { index, line, block, box, text: `w${index}`, confidence: 0.9, correction: null, ...more }
}

const page = [
  word(0, 0, 0, 0),
  word(1, 0, 0, 100, { confidence: 0.4 }),
  word(2, 1, 0, 90),
  word(3, 2, 1, 0, { confidence: 0.3, correction: 'mended' }),
  word(4, 2, 1, 60, { confidence: 0.2 }),
]

describe('the text of a page', () => {
  it('stands in lines, and a new block is set off', () => {
    const lines = linesOf(page)
    expect(lines.map(({ words }) => words.map(({ text }) => text).join(' '))).toEqual([
      'w0 w1',
      'w2',
      'w3 w4',
    ])
    expect(lines.map(({ startsBlock }) => startsBlock)).toEqual([false, false, true])
    expect(linesOf([])).toEqual([])
  })

  it('goes from one doubtful word to the next, past what was corrected', () => {
    expect(nextDoubtful(page, null, 0.75, 1)).toBe(1)
    expect(nextDoubtful(page, 1, 0.75, 1)).toBe(4)
    expect(nextDoubtful(page, 4, 0.75, 1)).toBeNull()
    expect(nextDoubtful(page, 4, 0.75, -1)).toBe(1)
    expect(isDoubtful(page[3] as PageWord, 0.75)).toBe(false)
  })

  it('goes up and down to the nearest word', () => {
    expect(wordOnNextLine(page, 1, 1)).toBe(2)
    expect(wordOnNextLine(page, 2, 1)).toBe(4)
    expect(wordOnNextLine(page, 2, -1)).toBe(1)
    expect(wordOnNextLine(page, 0, -1)).toBe(0)
  })
})

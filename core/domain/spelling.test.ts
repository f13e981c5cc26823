import { describe, expect, it } from 'vitest'
import { misspelt } from './spelling.ts'

const list = new Set(['the', 'quick', 'London', 'book', 'note', "isn't", 'reading', 'co', 'operate'])

/** Lines of words; `|` ends a line. */
function marked(text: string): string[] {
  const words = text.split('|').flatMap((row, line) =>
    row
      .trim()
      .split(' ')
      .map((word) => ({ text: word, line })),
  )
  const found = misspelt(
    words.map((word, index) => ({ ...word, index, correction: null })),
    list,
  )
  return found.map((index) => words[index]?.text ?? '')
}

describe('words in no word list', () => {
  it('are found, with punctuation and any capitals', () => {
    expect(marked('The qnick, quick THE "London" Bonk')).toEqual(['qnick,', 'Bonk'])
  })
  it('are no numbers, codes, addresses or single letters', () => {
    expect(marked('12 a4x X me@there.org www.there.org \u2014')).toEqual([])
  })
  it('are looked up in parts, without the genitive, with any apostrophe', () => {
    expect(marked('note-book book\u2019s isn\u2019t co-qperate the/quick')).toEqual(['co-qperate'])
  })
  it('are looked up as a whole where a line divides them', () => {
    expect(marked('the read- | ing book no- | qte co- | operate')).toEqual(['no-', 'qte'])
  })
  it('are what is shown: a correction counts', () => {
    const word = { index: 4, text: 'bonk', line: 0 }
    expect(misspelt([{ ...word, correction: 'book' }], list)).toEqual([])
    expect(misspelt([{ ...word, correction: 'boook' }], list)).toEqual([4])
  })
})

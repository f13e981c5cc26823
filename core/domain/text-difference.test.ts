import { describe, expect, it } from 'vitest'
import { type TextPart, textDifference } from './text-difference.ts'

const truthOf = (parts: TextPart[]) =>
  parts.map((part) => (part.kind === 'same' ? part.text : part.truth)).join('')
const different = (parts: TextPart[]) =>
  parts.flatMap((part) => (part.kind === 'different' ? [[part.truth.trim(), part.read.trim()]] : []))

describe('the difference of a reading from the truth', () => {
  it('is none where only white space differs', () => {
    expect(textDifference('a b\nc', ' a  b c\n')).toEqual([{ kind: 'same', text: 'a b\nc' }])
    expect(textDifference('', '')).toEqual([])
  })

  it('shows what was misread, missed and made up, in order', () => {
    const parts = textDifference('The quick brown fox\njumps over', 'The qu1ck fox it jumps ouer')
    expect(different(parts)).toEqual([
      ['quick brown', 'qu1ck'],
      ['', 'it'],
      ['over', 'ouer'],
    ])
    expect(truthOf(parts)).toBe('The quick brown fox\njumps over')
  })

  it('takes composed and decomposed letters for the same', () => {
    expect(different(textDifference('caf\u00e9', 'cafe\u0301'))).toEqual([])
  })

  it('keeps every word of the truth, and aligns what moved at least cost', () => {
    const truth = Array.from({ length: 600 }, (_, at) => `w${at % 37}`).join(' ')
    const read = truth.split(' ').filter((_, at) => at % 50 !== 7)
    const parts = textDifference(truth, read.join(' '))
    expect(truthOf(parts)).toBe(truth)
    expect(different(parts)).toHaveLength(12)
    expect(different(parts).every(([, found]) => found === '')).toBe(true)
  })

  it('is everything against nothing', () => {
    expect(textDifference('a b', '')).toEqual([{ kind: 'different', truth: 'a b', read: '' }])
  })
})

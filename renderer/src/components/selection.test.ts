import { describe, expect, it } from 'vitest'
import { nothingSelected, selectAll, selectByClick, selectByStep, selectOnly } from './selection.ts'

const ids = ['a', 'b', 'c', 'd', 'e']
const plain = { shiftKey: false, ctrlKey: false, metaKey: false }
const shift = { ...plain, shiftKey: true }
const ctrl = { ...plain, ctrlKey: true }
const selected = (selection: { selected: ReadonlySet<string> }) => [...selection.selected].sort().join('')

describe('selecting by mouse', () => {
  it('a click selects one, Ctrl adds and takes away', () => {
    const one = selectByClick(nothingSelected, ids, 'b', plain)
    const two = selectByClick(one, ids, 'd', ctrl)
    expect(selected(two)).toBe('bd')
    expect(selected(selectByClick(two, ids, 'b', ctrl))).toBe('d')
  })

  it('Shift selects from where the last click was, in both directions', () => {
    const from = selectOnly('c')
    expect(selected(selectByClick(from, ids, 'e', shift))).toBe('cde')
    const backwards = selectByClick(selectByClick(from, ids, 'e', shift), ids, 'a', shift)
    expect(selected(backwards)).toBe('abc')
    expect(backwards.active).toBe('a')
  })

  it('Shift from an item that is gone selects only the clicked one', () => {
    expect(selected(selectByClick(selectOnly('gone'), ids, 'b', shift))).toBe('b')
  })
})

describe('selecting by keyboard', () => {
  it('arrows start at the ends and stop there', () => {
    expect(selectByStep(nothingSelected, ids, 1, false).active).toBe('a')
    expect(selectByStep(nothingSelected, ids, -1, false).active).toBe('e')
    expect(selectByStep(selectOnly('e'), ids, 1, false).active).toBe('e')
    expect(selectByStep(selectOnly('a'), [], 1, false)).toEqual(nothingSelected)
  })

  it('Home and End go to the first and the last, also as the first key pressed', () => {
    expect(selectByStep(nothingSelected, ids, -1e9, false).active).toBe('a')
    expect(selectByStep(nothingSelected, ids, 1e9, false).active).toBe('e')
  })

  it('Shift and arrows grow and shrink the range', () => {
    const grown = selectByStep(selectByStep(selectOnly('b'), ids, 1, true), ids, 1, true)
    expect(selected(grown)).toBe('bcd')
    expect(selected(selectByStep(grown, ids, -1, true))).toBe('bc')
  })

  it('select all keeps the place of the keyboard', () => {
    const all = selectAll(selectOnly('c'), ids)
    expect(selected(all)).toBe('abcde')
    expect(all.active).toBe('c')
  })
})

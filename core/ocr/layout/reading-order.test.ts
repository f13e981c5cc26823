import { describe, expect, it } from 'vitest'
import type { Box } from '../../contract/index.ts'
import { inReadingOrder } from './reading-order.ts'

interface Line {
  name: string
  box: Box
}

/** Lines of 20 px, 30 px apart. */
const column = (name: string, x0: number, x1: number, from: number, count: number, shift = 0): Line[] =>
  Array.from({ length: count }, (_, at) => {
    const y0 = from + at * 30 + shift
    return { name: `${name}${at + 1}`, box: { x0, y0, x1, y1: y0 + 20 } }
  })

const orderOf = (lines: Line[], columns = true) =>
  inReadingOrder(lines, ({ box }) => box, columns).map(({ item }) => item.name)

const names = (lines: Line[]) => lines.map(({ name }) => name)
const shuffled = (lines: Line[]) => lines.toSorted((a, b) => a.box.y0 - b.box.y0 || b.box.x0 - a.box.x0)

describe('text in reading order', () => {
  it('goes down the left column, then down the right one', () => {
    const [left, right] = [column('l', 0, 300, 0, 8), column('r', 320, 620, 0, 8, 7)]
    expect(orderOf(shuffled([...left, ...right]))).toEqual(names([...left, ...right]))
  })

  it('begins with the heading above two columns, and ends with the line below them', () => {
    const head = column('head', 0, 620, 0, 1)
    const [left, right] = [column('l', 0, 300, 60, 6), column('r', 320, 620, 60, 6)]
    const foot = column('foot', 200, 420, 300, 1)
    expect(orderOf(shuffled([...head, ...left, ...right, ...foot]))).toEqual(
      names([...head, ...left, ...right, ...foot]),
    )
  })

  it('reads columns around an inset, then the inset', () => {
    const left = [
      ...column('a', 0, 300, 0, 6),
      ...column('b', 0, 240, 180, 3),
      ...column('c', 0, 300, 270, 6),
    ]
    const right = [
      ...column('d', 320, 620, 0, 6),
      ...column('e', 390, 620, 180, 3),
      ...column('f', 320, 620, 270, 6),
    ]
    const inset = column('inset', 260, 370, 180, 3)
    expect(orderOf(shuffled([...left, ...right, ...inset]))).toEqual(names([...left, ...right, ...inset]))
  })

  it('reads a receipt row by row: its prices are no column of text', () => {
    const goods = column('item', 0, 300, 0, 6)
    const prices = column('price', 500, 560, 0, 6)
    expect(orderOf(shuffled([...goods, ...prices]))).toEqual(
      goods.flatMap(({ name }, at) => [name, prices[at]?.name]),
    )
  })

  it('keeps rows together where one column was asked for', () => {
    const [left, right] = [column('l', 0, 300, 0, 4), column('r', 320, 620, 0, 4)]
    expect(orderOf([...right, ...left], false)).toEqual(['l1', 'r1', 'l2', 'r2', 'l3', 'r3', 'l4', 'r4'])
  })

  it('gives the pieces of a line one number, and parts paragraphs by white', () => {
    const pieces: Line[] = [
      { name: 'one', box: { x0: 0, y0: 0, x1: 100, y1: 20 } },
      { name: 'two', box: { x0: 120, y0: 3, x1: 200, y1: 22 } },
      { name: 'three', box: { x0: 0, y0: 28, x1: 180, y1: 48 } },
      { name: 'far', box: { x0: 0, y0: 90, x1: 180, y1: 110 } },
    ]
    const ordered = inReadingOrder(pieces, ({ box }) => box)
    expect(ordered.map(({ item, line, block }) => [item.name, line, block])).toEqual([
      ['one', 0, 0],
      ['two', 0, 0],
      ['three', 1, 0],
      ['far', 2, 1],
    ])
  })
})

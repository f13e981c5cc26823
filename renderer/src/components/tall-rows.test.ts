import { describe, expect, it } from 'vitest'
import { tallRows } from './tall-rows.ts'

describe('rows of one height', () => {
  const few = { count: 100, rowHeight: 50, padding: 10, viewHeight: 400 }

  it('are laid out one to one while they fit', () => {
    const rows = tallRows(few)
    expect(rows.height).toBe(5020)
    expect(rows.scale).toBe(1)
    expect(rows.range(0, 0)).toEqual([0, 7])
    expect(rows.range(1010, 2)).toEqual([18, 30])
    expect(rows.range(4620, 3)).toEqual([89, 99])
    expect(rows.top(3, 120)).toBe(160)
  })

  it('scroll only as far as a row needs to be whole', () => {
    const rows = tallRows(few)
    expect(rows.scrollTo(2, 0)).toBe(0)
    expect(rows.scrollTo(2, 500)).toBe(100)
    expect(rows.scrollTo(99, 0)).toBe(4620)
  })

  it('reach the last of two million rows, and each can be shown whole', () => {
    const many = { ...few, count: 2_000_000, rowHeight: 280 }
    const rows = tallRows(many)
    const bottom = rows.height - many.viewHeight
    expect(rows.height).toBeLessThan(16_000_000)
    expect(rows.range(bottom, 0)[1]).toBe(1_999_999)
    for (const row of [0, 1, 777_777, 1_999_998, 1_999_999]) {
      const scrollTop = rows.scrollTo(row, bottom / 2)
      const top = rows.top(row, scrollTop) - scrollTop
      expect(top).toBeGreaterThanOrEqual(-0.01)
      expect(top + many.rowHeight).toBeLessThanOrEqual(many.viewHeight + 0.01)
    }
  })

  it('have nothing to show when there are none', () => {
    expect(tallRows({ ...few, count: 0 }).range(0, 3)).toEqual([0, -1])
  })
})

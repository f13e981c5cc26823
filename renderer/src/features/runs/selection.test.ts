import { expect, test } from 'vitest'
import { click, move, noSelection, selectAll, within } from './selection.ts'

const ids = ['a', 'b', 'c', 'd']
const plain = { toggle: false, extend: false }

test('click, ctrl-click and shift-click select one, several and a range', () => {
  const one = click(noSelection, ids, 'b', plain)
  expect([...one.selected]).toEqual(['b'])
  const two = click(one, ids, 'd', { toggle: true, extend: false })
  expect([...two.selected]).toEqual(['b', 'd'])
  expect([...click(one, ids, 'd', { toggle: false, extend: true }).selected]).toEqual(['b', 'c', 'd'])
})

test('arrows move and stop at the ends, shift extends back and forth from where it began', () => {
  const first = move(noSelection, ids, 1, false)
  expect(first.active).toBe('a')
  expect(move(first, ids, -1, false).active).toBe('a')
  const three = move(move(first, ids, 1, true), ids, 1, true)
  expect([...three.selected]).toEqual(['a', 'b', 'c'])
  expect([...move(three, ids, -1, true).selected]).toEqual(['a', 'b'])
})

test('Home goes to the first row and End to the last, also as the first key pressed', () => {
  expect(move(noSelection, ids, -ids.length, false).active).toBe('a')
  expect(move(noSelection, ids, ids.length, false).active).toBe('d')
  expect(move(noSelection, ids, -1, false).active).toBe('d')
})

test('rows that a filter hides are no longer selected', () => {
  expect([...within(selectAll(noSelection, ids), ['a', 'c']).selected]).toEqual(['a', 'c'])
})

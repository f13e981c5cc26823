import { expect, test } from 'vitest'
import { afterLegendClick } from './legend.ts'

const ids = ['a', 'b', 'c']

test('a click in the legend isolates a curve, a second click shows all', () => {
  const alone = afterLegendClick(ids, new Set(), 'b', false)
  expect([...alone].sort()).toEqual(['a', 'c'])
  expect(afterLegendClick(ids, alone, 'b', false).size).toBe(0)
})

test('alt-click hides a curve and shows it again', () => {
  const without = afterLegendClick(ids, new Set(), 'a', true)
  expect([...without]).toEqual(['a'])
  expect(afterLegendClick(ids, without, 'a', true).size).toBe(0)
})

import { expect, test } from 'vitest'
import { treeOf } from './run-tree.ts'

const found = {
  runIds: ['trial 2', 'study', 'trial 1', 'fold', 'alone'],
  nested: [
    [0, 1],
    [2, 1],
    [3, 2],
  ] as [number, number][],
}

test('child runs are hidden until their parent is opened, then stand below it in their order', () => {
  expect(treeOf(found, new Set()).rows).toEqual(['study', 'alone'])
  const opened = treeOf(found, new Set(['study']))
  expect(opened.rows).toEqual(['study', 'trial 2', 'trial 1', 'alone'])
  expect(opened.children.get('study')).toBe(2)
  const whole = treeOf(found, new Set(['study', 'trial 1']))
  expect(whole.rows).toEqual(['study', 'trial 2', 'trial 1', 'fold', 'alone'])
  expect([whole.depths.get('fold'), whole.depths.get('alone')]).toEqual([2, undefined])
})

test('without children the rows are what was found', () => {
  expect(treeOf({ runIds: ['a', 'b'], nested: [] }, new Set()).rows).toEqual(['a', 'b'])
})

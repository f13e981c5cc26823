import { expect, it } from 'vitest'
import { allClasses } from './all-classes.ts'
import { classKeys } from './class-keys.ts'

const count = (label: string, total: number) => ({
  label,
  total,
  counts: { train: total, validation: 0, test: 0 },
})

it('names each class once, those that only boxes have after those of the pictures', () => {
  const classes = allClasses(
    [count('', 3), count('street', 2)],
    [count('', 1), count('car', 9), count('street', 4)],
  )
  expect(classes.map(({ label, pictures, boxes }) => [label, pictures, boxes])).toEqual([
    ['', 3, 1],
    ['street', 2, 4],
    ['car', 0, 9],
  ])
  expect([...classKeys(classes)]).toEqual([
    ['street', '1'],
    ['car', '2'],
  ])
})

import { expect, test } from 'vitest'
import { colourOfPlace, runColour } from './run-colours.ts'

test('a run keeps its colour, and the next run gets another', () => {
  const first = runColour('a')
  expect(runColour('b')).not.toBe(first)
  expect(runColour('a')).toBe(first)
})

test('a hundred runs have a hundred colours', () => {
  expect(new Set(Array.from({ length: 100 }, (_, place) => colourOfPlace(place))).size).toBe(100)
})

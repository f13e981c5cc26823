import { expect, test } from 'vitest'
import { colourOfPlace, legibleColour, runColour } from './run-colours.ts'

test('a run keeps its colour, and the next run gets another', () => {
  const first = runColour('a')
  expect(runColour('b')).not.toBe(first)
  expect(runColour('a')).toBe(first)
})

test('a hundred runs have a hundred colours', () => {
  expect(new Set(Array.from({ length: 100 }, (_, place) => colourOfPlace(place))).size).toBe(100)
})

test('a chosen colour is kept where it can be seen, and made stronger where it can not', () => {
  expect(legibleColour('#d55e00')).toBe('light-dark(#d55e00, #d55e00)')
  expect(legibleColour('#ffff00')).toMatch(/^light-dark\(#[0-9a-e]{4}00, #ffff00\)$/)
  expect(legibleColour('#000000')).toMatch(/^light-dark\(#000000, #[3-9a-f]/)
})

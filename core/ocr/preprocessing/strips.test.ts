import { expect, test } from 'vitest'
import { cutIntoStrips } from './strips.ts'

/** 4 px wide; '#' is a row with ink, '.' a blank one. */
function picture(rows: string) {
  const pixels = Buffer.concat(
    [...rows].map((row) => Buffer.from(row === '#' ? [255, 0, 255, 255] : [255, 255, 255, 255])),
  )
  return { pixels, width: 4, height: rows.length }
}

test('a picture that is short enough stays whole', () => {
  expect(cutIntoStrips(picture('##..##'), 6)).toMatchObject([{ top: 0, height: 6 }])
})

test('strips are cut in the middle of the tallest blank space and leave out no row', () => {
  const strips = cutIntoStrips(picture('#####.#...######'), 10)
  expect(strips).toMatchObject([
    { top: 0, height: 8 },
    { top: 8, height: 8 },
  ])
  expect(strips.map((strip) => strip.pixels.length)).toEqual([32, 32])
})

test('without a blank row the faintest one is cut', () => {
  const grey = { pixels: Buffer.alloc(40), width: 4, height: 10 }
  for (let row = 0; row < 10; row++) grey.pixels[row * 4] = row === 4 ? 100 : 200
  expect(cutIntoStrips(grey, 6).map((strip) => strip.top)).toEqual([0, 4])
})

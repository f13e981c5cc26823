import { expect, it } from 'vitest'
import { middleBox, moved, resized, spanned } from './box-shapes.ts'

const size = { width: 100, height: 50 }
const box = { x0: 10, y0: 10, x1: 30, y1: 20 }

it('a box that is moved stays whole within the picture', () => {
  expect(moved(box, 5, -3, size)).toEqual({ x0: 15, y0: 7, x1: 35, y1: 17 })
  expect(moved(box, -50, 500, size)).toEqual({ x0: 0, y0: 40, x1: 20, y1: 50 })
})

it('a handle moves its own sides, and never past the other side or the picture', () => {
  expect(resized(box, 'se', 10, 5, size)).toEqual({ ...box, x1: 40, y1: 25 })
  expect(resized(box, 'nw', 500, -500, size)).toEqual({ ...box, x0: 29, y0: 0 })
  expect(resized(box, 'e', 500, 500, size)).toEqual({ ...box, x1: 100 })
})

it('a box is drawn between two points in any direction, and a slip of the hand draws none', () => {
  expect(spanned({ x: 30.4, y: 20 }, { x: -5, y: 9.6 }, size, 3)).toEqual({ x0: 0, y0: 10, x1: 30, y1: 20 })
  expect(spanned({ x: 10, y: 10 }, { x: 11, y: 40 }, size, 3)).toBeNull()
  expect(middleBox({ width: 2, height: 1 }, 'a')).toEqual({
    x0: 0,
    y0: 0,
    x1: 2,
    y1: 1,
    label: 'a',
    text: null,
  })
})

import { describe, expect, it } from 'vitest'
import { fitted, moved, nearestPoint, onView, pointsInside, zoomed } from './map-view-port.ts'

const size = { width: 400, height: 300 }
const places = Float32Array.of(-1, -1, 1, -1, 1, 1, -1, 1, 0, 0)
const all = new Uint8Array(5).fill(1)
const whole = fitted(places, size)

describe('the part of a map that is on view', () => {
  it('holds every point with a margin at first', () => {
    for (let point = 0; point < 5; point += 1) {
      const { x, y } = onView(whole, size, places[point * 2] ?? 0, places[point * 2 + 1] ?? 0)
      expect(x).toBeGreaterThanOrEqual(24)
      expect(x).toBeLessThanOrEqual(376)
      expect(y).toBeGreaterThanOrEqual(24)
      expect(y).toBeLessThanOrEqual(276)
    }
  })

  it('keeps what lies under the pointer there when it is zoomed', () => {
    const at = { x: 310, y: 80 }
    const mapX = whole.x + (at.x - 200) / whole.scale
    const mapY = whole.y + (at.y - 150) / whole.scale
    const near = onView(zoomed(whole, 3, at, size, whole), size, mapX, mapY)
    expect(near.x).toBeCloseTo(310)
    expect(near.y).toBeCloseTo(80)
  })

  it('follows the pointer when it is dragged', () => {
    const before = onView(whole, size, 0, 0)
    const after = onView(moved(whole, 30, -10), size, 0, 0)
    expect(after.x - before.x).toBeCloseTo(30)
    expect(after.y - before.y).toBeCloseTo(-10)
  })

  it('finds the point near the pointer, and only points that are shown', () => {
    expect(nearestPoint(places, all, whole, size, { x: 203, y: 149 }, 10)).toBe(4)
    expect(nearestPoint(places, all, whole, size, { x: 250, y: 149 }, 10)).toBeNull()
    const hidden = Uint8Array.of(1, 1, 1, 1, 0)
    expect(nearestPoint(places, hidden, whole, size, { x: 203, y: 149 }, 10)).toBeNull()
  })

  it('finds the points inside a line that was drawn around them', () => {
    expect(pointsInside(places, all, whole, size, [0, 0, 400, 0, 0, 300])).toEqual([0, 1])
    expect(pointsInside(places, all, whole, size, [150, 100, 250, 100, 250, 200, 150, 200])).toEqual([4])
  })
})

import { describe, expect, it } from 'vitest'
import { rampColour } from './value-ramp.ts'

function contrast(a: readonly number[], b: readonly number[]): number {
  const luminance = (colour: readonly number[]) => {
    const [r = 0, g = 0, blue = 0] = colour.map((channel) => {
      const share = channel / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue
  }
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (high + 0.05) / (low + 0.05)
}

const channels = (colour: string) => (colour.match(/\d+/g) ?? []).map(Number)

describe('the colours of confidence', () => {
  it('stand out from a white page and from the dark window', () => {
    for (let percent = 0; percent <= 100; percent += 5) {
      const colour = channels(rampColour(percent / 100))
      expect(contrast(colour, [255, 255, 255])).toBeGreaterThanOrEqual(3)
      expect(contrast(colour, [22, 24, 27])).toBeGreaterThanOrEqual(3)
    }
  })

  it('stay at the ends for values beyond them', () => {
    expect(rampColour(-1)).toBe(rampColour(0))
    expect(rampColour(2)).toBe(rampColour(1))
  })
})

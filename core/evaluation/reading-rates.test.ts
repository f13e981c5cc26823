import { describe, expect, it } from 'vitest'
import { characterRate, errorRateOver, type PageErrors, pageErrors, rateBehind } from './reading-rates.ts'

const page = (characterEdits: number, characterLength = 100): PageErrors => ({
  characterEdits,
  characterLength,
  wordEdits: 0,
  wordLength: 20,
})

describe('error rates over pages', () => {
  it('counts characters and words of a page', () => {
    expect(pageErrors('The quick fox', 'The quick fax')).toEqual({
      characterEdits: 1,
      characterLength: 13,
      wordEdits: 1,
      wordLength: 3,
    })
    expect(characterRate(pageErrors('abcd', ''))).toBe(1)
  })

  it('weigh pages by their length, and have an interval around the rate', () => {
    const found = errorRateOver([page(0), page(10), page(20, 300)], 'characterEdits')
    expect(found?.rate).toBeCloseTo(30 / 500)
    expect(found?.interval?.[0]).toBeLessThan(0.06)
    expect(found?.interval?.[1]).toBeGreaterThan(0.06)
  })

  it('say nothing about other pages from a single one, and nothing at all from none', () => {
    expect(errorRateOver([page(5)], 'characterEdits')).toEqual({ rate: 0.05, interval: null })
    expect(errorRateOver([], 'characterEdits')).toBeNull()
  })

  it('are compared in pairs: what is worse on every page is worse beyond chance, however much pages differ', () => {
    const best = Array.from({ length: 12 }, (_, at) => page(at * 8))
    const behind = rateBehind(
      best.map(({ characterEdits }) => page(characterEdits + 2)),
      best,
    )
    expect(behind.rate).toBeCloseTo(0.02)
    expect(behind.interval?.[0]).toBeCloseTo(0.02)
    const mixed = rateBehind(
      best.map(({ characterEdits }, at) => page(characterEdits + (at % 2 === 0 ? 9 : -7))),
      best,
    )
    expect(mixed.interval?.[0]).toBeLessThan(0)
    expect(mixed.interval?.[1]).toBeGreaterThan(0)
  })
})

import { expect, it } from 'vitest'
import { createRandom } from './random.ts'
import { sortInTurns } from './sort-in-turns.ts'

it.each([0, 1, 2, 19_999, 20_000, 20_001, 40_000, 100_003])(
  'sorts %i items as Array.sort does',
  async (count) => {
    const random = createRandom(7, `sort/${count}`)
    const keys = Float64Array.from({ length: count }, () => random.integer(500))
    // By key alone: equal keys show whether the order of equals is kept.
    const compare = (a: number, b: number) => (keys[a] ?? 0) - (keys[b] ?? 0)
    const items = Uint32Array.from(keys.keys())
    expect(await sortInTurns(items, compare)).toEqual(Uint32Array.from([...items].sort(compare)))
  },
)

it('lets others have their turn', async () => {
  const items = Uint32Array.from({ length: 300_000 }, (_, index) => (index * 7919) % 300_007)
  let turns = 0
  let done = false
  const count = () => {
    turns += 1
    if (!done) setImmediate(count)
  }
  setImmediate(count)
  await sortInTurns(items, (a, b) => a - b)
  done = true
  expect(turns).toBeGreaterThan(60)
})

import { describe, expect, it } from 'vitest'
import type { Subset } from '../contract/index.ts'
import { followUnits, type SplitItem, splitItems } from './split.ts'

const request = { seed: 42, fractions: { train: 0.8, validation: 0.1, test: 0.1 } }

const item = (n: number, more: Partial<SplitItem> = {}): SplitItem => ({
  path: `${n}.png`,
  hash: `hash ${n}`,
  label: String(n % 2),
  group: null,
  given: null,
  ...more,
})
const items = (count: number, more: (n: number) => Partial<SplitItem> = () => ({})): SplitItem[] =>
  Array.from({ length: count }, (_, n) => item(n, more(n)))

/** How many subsets what has the same key lies in, at most. */
function spreadOf(
  samples: readonly SplitItem[],
  subsets: readonly Subset[],
  key: (item: SplitItem) => string,
) {
  const homes = new Map<string, Set<Subset>>()
  for (const [index, sample] of samples.entries())
    homes.set(key(sample), (homes.get(key(sample)) ?? new Set()).add(subsets[index] ?? 'train'))
  return Math.max(...[...homes.values()].map(({ size }) => size))
}
const count = (subsets: readonly Subset[], name: Subset) => subsets.filter((subset) => subset === name).length

describe('the split that an import makes', () => {
  it('cuts each class alike where nothing belongs together', () => {
    const { kind, subsets } = splitItems(items(100), request)
    expect(kind).toBe('stratified')
    expect([count(subsets, 'train'), count(subsets, 'validation'), count(subsets, 'test')]).toEqual([
      80, 10, 10,
    ])
  })

  it('keeps a group together, and its copies elsewhere too', () => {
    const lines = items(400, (n) => ({
      group: `page ${Math.floor(n / 5)}`,
      hash: n % 40 === 39 ? `hash ${n - 20}` : `hash ${n}`,
    }))
    const { kind, subsets } = splitItems(lines, request)
    expect(kind).toBe('grouped')
    expect(spreadOf(lines, subsets, ({ group }) => group ?? '')).toBe(1)
    expect(spreadOf(lines, subsets, ({ hash }) => hash)).toBe(1)
    expect(count(subsets, 'test')).toBeGreaterThan(25)
    expect(count(subsets, 'validation')).toBeGreaterThan(25)
    expect(splitItems(lines, request).subsets).toEqual(subsets)
  })

  it('keeps the pages of a file with its first page, which has no group', () => {
    const pages = items(300, (n) => {
      const file = `scan-${Math.floor(n / 3)}.tif`
      return n % 3 === 0 ? { path: file } : { path: `${file}#page=${(n % 3) + 1}`, group: file }
    })
    const { subsets } = splitItems(pages, request)
    expect(spreadOf(pages, subsets, ({ path }) => path.replace(/#.*/, ''))).toBe(1)
    expect(count(subsets, 'test')).toBeGreaterThan(15)
  })

  it('keeps groups together when it cuts a validation set from the train set that the source gives', () => {
    const people = items(200, (n) => ({
      group: `person ${Math.floor(n / 4)}`,
      given: n < 160 ? 'train' : 'test',
    }))
    const { kind, subsets } = splitItems(people, request)
    expect(kind).toBe('by-folder')
    expect(spreadOf(people, subsets, ({ group }) => group ?? '')).toBe(1)
    expect(count(subsets, 'test')).toBe(40)
    expect(count(subsets, 'validation')).toBeGreaterThan(8)
  })

  it('puts what the source gives no subset where the rest of its group is', () => {
    const people = items(20, (n) => ({ group: `person ${n % 10}`, given: n < 10 ? 'test' : null }))
    expect(splitItems(people, request).subsets).toEqual(new Array(20).fill('test'))
  })

  it('leaves everything in train when no share is asked for', () => {
    const none = { seed: 1, fractions: { train: 0, validation: 0, test: 0 } }
    expect(count(splitItems(items(10), none).subsets, 'train')).toBe(10)
    expect(
      count(
        splitItems(
          items(10, () => ({ group: 'a' })),
          none,
        ).subsets,
        'train',
      ),
    ).toBe(10)
  })

  it('lets a new picture follow an old one of its group', () => {
    const both = [item(1, { group: 'page 1' }), item(2, { group: 'page 1' }), item(3, { group: 'page 2' })]
    expect(followUnits(both, ['test', undefined, undefined])).toEqual(['test', 'test', undefined])
  })
})

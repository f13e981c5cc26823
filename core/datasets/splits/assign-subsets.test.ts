import { describe, expect, it } from 'vitest'
import { type SplitRule, type SubsetRule, splitRule, subsetRule } from '../../contract/index.ts'
import { assignSplits, assignSubsets, type SplitSample } from './assign-subsets.ts'

const rule = (given: object): SubsetRule => subsetRule.parse(given)
const anyRule = (given: object): SplitRule => splitRule.parse(given)

/** 40 a class, of three classes; three samples of the same person at a time; every tenth picture is there twice. */
function pictures(count = 120): SplitSample[] {
  return Array.from({ length: count }, (_, n) => ({
    path: `${n % 3}/${String(n).padStart(4, '0')}.png`,
    content: n % 10 === 9 ? `content ${n - 3}` : `content ${n}`,
    label: String(n % 3),
    group: `person ${Math.floor(n / 4)}`,
  }))
}

const homes = (
  samples: readonly SplitSample[],
  subsets: readonly string[],
  keyOf: (s: SplitSample) => string,
) => {
  const found = new Map<string, Set<string>>()
  for (const [index, sample] of samples.entries()) {
    const key = keyOf(sample)
    found.set(key, (found.get(key) ?? new Set()).add(subsets[index] ?? ''))
  }
  return [...found.values()]
}
const count = (subsets: readonly string[], name: string) => subsets.filter((subset) => subset === name).length

describe('dividing samples into train, validation and test', () => {
  it.each(['random', 'stratified', 'grouped', 'by-hash'])(
    '%s: the same each time, another for another seed, and equal content is never in two subsets',
    (kind) => {
      const samples = pictures()
      const { subsets } = assignSubsets(samples, rule({ kind, seed: 1 }))
      expect(assignSubsets(samples, rule({ kind, seed: 1 })).subsets).toEqual(subsets)
      expect(assignSubsets(samples, rule({ kind, seed: 2 })).subsets).not.toEqual(subsets)
      for (const home of homes(samples, subsets, ({ content }) => content)) expect(home.size).toBe(1)
      expect(count(subsets, 'train')).toBeGreaterThan(80)
      expect(count(subsets, 'validation')).toBeGreaterThan(3)
      expect(count(subsets, 'test')).toBeGreaterThan(3)
    },
  )

  it('stratified cuts each class by the shares', () => {
    const samples = pictures(300).map((sample, n) => ({ ...sample, content: `own ${n}` }))
    const { subsets, warnings } = assignSubsets(
      samples,
      rule({ kind: 'stratified', fractions: { train: 0.7, validation: 0.2, test: 0.1 } }),
    )
    for (const label of ['0', '1', '2']) {
      const own = subsets.filter((_, index) => samples[index]?.label === label)
      expect([count(own, 'train'), count(own, 'validation'), count(own, 'test')]).toEqual([70, 20, 10])
    }
    expect(warnings).toEqual([])
  })

  it('grouped: no person is in two subsets, and each class is in train', () => {
    const samples = pictures(400)
    const { subsets } = assignSubsets(samples, rule({ kind: 'grouped' }))
    for (const home of homes(samples, subsets, ({ group }) => group ?? '')) expect(home.size).toBe(1)
    expect(count(subsets, 'test')).toBeGreaterThan(25)
    expect(count(subsets, 'test')).toBeLessThan(60)
  })

  it('grouped: says what to do when no picture has a group', () => {
    const samples = pictures().map((sample) => ({ ...sample, group: null }))
    expect(() => assignSubsets(samples, rule({ kind: 'grouped' }))).toThrow(/No picture has a group/)
  })

  it('a copy made from a picture goes where that picture goes', () => {
    const originals = pictures().map((sample) => ({ ...sample, group: null }))
    const copies = originals.map((sample, n) => ({
      ...sample,
      path: `${sample.path}.augmented`,
      content: `copy ${n}`,
      group: sample.path,
    }))
    for (const kind of ['random', 'stratified', 'by-hash']) {
      const { subsets } = assignSubsets([...originals, ...copies], rule({ kind }))
      expect(subsets.slice(0, originals.length)).toEqual(subsets.slice(originals.length))
    }
  })

  it('a class with one picture stays in train, and that is said', () => {
    const samples = [...pictures(), { path: 'rare/1.png', content: 'x', label: 'rare', group: null }]
    for (const kind of ['random', 'stratified', 'grouped'])
      for (const seed of [1, 2, 3, 4, 5]) {
        const { subsets, warnings } = assignSubsets(samples, rule({ kind, seed }))
        expect(subsets.at(-1)).toBe('train')
        expect(warnings.join()).toContain('single picture, which stays in train: "rare"')
      }
  })

  it('by hash: a picture keeps its subset when others come', () => {
    const few = pictures(60)
    const many = pictures(600)
    const before = assignSubsets(few, rule({ kind: 'by-hash' })).subsets
    expect(assignSubsets(many, rule({ kind: 'by-hash' })).subsets.slice(0, 60)).toEqual(before)
  })

  it('by folder: takes the usual names, or those that are given, and names what lies elsewhere', () => {
    const at = (path: string) => ({ path, content: path, label: 'a', group: null })
    const samples = [at('Train/a/1.png'), at('val/a/2.png'), at('test/a/3.png')]
    expect(assignSubsets(samples, rule({ kind: 'by-folder' })).subsets).toEqual([
      'train',
      'validation',
      'test',
    ])
    const own = rule({ kind: 'by-folder', folders: { train: ['2019', '2020'], test: ['2020/late/'] } })
    expect(assignSubsets([at('2019/1.png'), at('2020/2.png'), at('2020/late/3.png')], own).subsets).toEqual([
      'train',
      'train',
      'test',
    ])
    expect(() => assignSubsets([at('2021/1.png')], own)).toThrow(/2021\/1\.png.*Name a folder/)
  })

  it('k-fold: every picture is tested once, and no content or group leaks', () => {
    const samples = pictures(400)
    for (const grouped of [false, true]) {
      const folds = assignSplits(samples, anyRule({ kind: 'k-fold', folds: 4, grouped }))
      expect(folds.map(({ name }) => name)).toEqual([
        'fold 1 of 4',
        'fold 2 of 4',
        'fold 3 of 4',
        'fold 4 of 4',
      ])
      for (const index of samples.keys())
        expect(folds.filter(({ subsets }) => subsets[index] === 'test')).toHaveLength(1)
      for (const { subsets } of folds) {
        expect(count(subsets, 'test')).toBeGreaterThan(60)
        expect(count(subsets, 'validation')).toBeGreaterThan(10)
        for (const home of homes(samples, subsets, ({ content }) => content)) expect(home.size).toBe(1)
        if (grouped)
          for (const home of homes(samples, subsets, ({ group }) => group ?? '')) expect(home.size).toBe(1)
      }
    }
    expect(() => assignSplits(pictures(3), anyRule({ kind: 'k-fold', folds: 5 }))).toThrow(/Take fewer folds/)
  })
})

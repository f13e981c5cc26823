import { describe, expect, it } from 'vitest'
import { countFiltered, readFilter, type SampleFilter, toggleLabel, writeFilter } from './sample-filter.ts'

const nothing: SampleFilter = {
  labels: [],
  boxLabels: [],
  subset: null,
  split: null,
  search: '',
  prediction: null,
  selection: null,
  finding: null,
  within: null,
  character: null,
  sort: 'path',
  descending: false,
  sample: null,
}

describe('the filter of a dataset in the address', () => {
  it('survives being written and read, with any label', () => {
    const filter = {
      labels: ['a&b=c', 'é 🎈', ''],
      boxLabels: ['car', ''],
      subset: 'validation' as const,
      split: 'fold 1 of 5',
      search: '50 % & more',
      prediction: { id: 'p', outcome: 'wrong' as const, label: '3', seen: false },
      selection: '0a1b',
      finding: 'near-duplicates' as const,
      within: { property: 'aspect' as const, min: 0.5, max: 1.25 },
      character: 'ſ',
      sort: 'bytes' as const,
      descending: true,
      sample: 12,
    }
    expect(readFilter(writeFilter(filter))).toEqual(filter)
    expect(writeFilter(nothing)).toBe('')
  })

  it('leaves out what makes no sense', () => {
    expect(
      readFilter('?subset=all&sample=-3&sort=luck&order=up&finding=gold&within=weight:1..2&character='),
    ).toEqual(nothing)
  })

  it('shows one label on a click, all on the second, several with Ctrl', () => {
    expect(toggleLabel([], 'a', false)).toEqual(['a'])
    expect(toggleLabel(['a'], 'a', false)).toEqual([])
    expect(toggleLabel(['a', 'b'], 'a', false)).toEqual(['a'])
    expect(toggleLabel(['a'], 'b', true)).toEqual(['a', 'b'])
    expect(toggleLabel(['a', 'b'], 'a', true)).toEqual(['b'])
  })

  it('says how many pictures remain', () => {
    const labels = [
      { label: 'a', counts: { train: 8, validation: 1, test: 1 }, total: 10 },
      { label: 'b', counts: { train: 4, validation: 0, test: 1 }, total: 5 },
    ]
    expect(countFiltered(labels, nothing)).toBe(15)
    expect(countFiltered(labels, { ...nothing, labels: ['b'], subset: 'train' })).toBe(4)
  })
})

import { describe, expect, it } from 'vitest'
import { findPosition } from './find-position.ts'
import { countFiltered, readFilter, toggleLabel, writeFilter } from './sample-filter.ts'

describe('the filter of a dataset in the address', () => {
  it('survives being written and read, with any label', () => {
    const filter = {
      labels: ['a&b=c', 'é 🎈', ''],
      subset: 'validation' as const,
      split: 'fold 1 of 5',
      sample: 12,
    }
    expect(readFilter(writeFilter(filter))).toEqual(filter)
    expect(writeFilter({ labels: [], subset: null, split: null, sample: null })).toBe('')
  })

  it('leaves out what makes no sense', () => {
    expect(readFilter('?subset=all&sample=-3')).toEqual({
      labels: [],
      subset: null,
      split: null,
      sample: null,
    })
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
    expect(countFiltered(labels, { labels: [], subset: null, split: null, sample: null })).toBe(15)
    expect(countFiltered(labels, { labels: ['b'], subset: 'train', split: null, sample: null })).toBe(4)
  })
})

describe('the place of a picture in a filtered list', () => {
  const ordinals = [3, 8, 9, 20, 21, 40]
  const at = async (position: number) => ordinals[position]

  it('is found with few questions', async () => {
    for (const [position, ordinal] of ordinals.entries())
      expect(await findPosition(ordinal, ordinals.length, at)).toBe(position)
  })

  it('is none for a picture that the filter leaves out', async () => {
    expect(await findPosition(10, ordinals.length, at)).toBeNull()
    expect(await findPosition(3, 0, at)).toBeNull()
  })
})

import { describe, expect, it } from 'vitest'
import type { LabelledBox, Subset } from '../../../contract/index.ts'
import type { PictureMeasure } from '../../../domain/picture-measure.ts'
import { countRepeated } from './duplicates.ts'
import type { CheckedSample, Evidence } from './finding-draft.ts'
import { findProblems } from './index.ts'

const ordinary: PictureMeasure = {
  brightness: 120,
  contrast: 50,
  low: 5,
  high: 250,
  mode: 'colour',
  dct: [1, 2],
  gradient: [3, 4],
}

let made = 0
function sample(change: Partial<CheckedSample> = {}): CheckedSample {
  made += 1
  return {
    path: `${made}.png`,
    hash: String(made).padStart(64, '0'),
    label: 'a',
    subset: 'train',
    text: null,
    value: null,
    group: null,
    boxes: [],
    width: 100,
    height: 100,
    mediaType: 'image/png',
    ...change,
  }
}
const many = (count: number, change: Partial<CheckedSample> = {}) =>
  Array.from({ length: count }, () => sample(change))

function check(samples: CheckedSample[], change: Partial<Evidence> = {}) {
  const findings = findProblems({
    samples,
    measures: samples.map(() => ordinary),
    nearGroups: [],
    refused: [],
    damaged: [],
    ...change,
  })
  const byKind = Object.fromEntries(findings.map((finding) => [finding.kind, finding]))
  return {
    kinds: findings.map(({ kind }) => kind).sort(),
    of: (kind: string) => byKind[kind],
    ordinals: (kind: string) => byKind[kind]?.members.map(({ ordinal }) => ordinal),
  }
}

const clean = () => [...many(20), ...many(20, { label: 'b' })]
const box = (x0: number, y0: number, x1: number, y1: number): LabelledBox => ({
  x0,
  y0,
  x1,
  y1,
  label: 'w',
  text: null,
})

describe('the findings of a version', () => {
  it('are none for a set with nothing wrong', () => {
    expect(check(clean()).kinds).toEqual([])
  })

  it('name copies, leaks and conflicts, each group together', () => {
    const samples = clean()
    const hash = 'f'.repeat(64)
    samples.push(
      sample({ hash }),
      sample({ hash, subset: 'test' }),
      sample({ hash: 'e'.repeat(64) }),
      sample({ hash: 'e'.repeat(64), label: 'b' }),
    )
    const { kinds, of, ordinals } = check(samples)
    expect(kinds).toEqual(['exact-duplicates', 'label-conflict', 'leakage'])
    expect(ordinals('leakage')).toEqual([40, 41])
    expect(ordinals('label-conflict')).toEqual([42, 43])
    expect(of('exact-duplicates')).toMatchObject({ groupCount: 2, title: '2 samples repeat another exactly' })
    expect(of('leakage')?.severity).toBe('error')
  })

  it('take look-alikes across subsets and classes as warnings, and do not repeat what is exact', () => {
    const samples = [...clean(), sample({ subset: 'test' }), sample({ label: 'b' })]
    const { kinds, ordinals } = check(samples, {
      nearGroups: [
        [0, 40],
        [1, 41],
      ],
    })
    expect(kinds).toEqual(['near-duplicates', 'near-label-conflict', 'near-leakage'])
    expect(ordinals('near-leakage')).toEqual([0, 40])
    expect(ordinals('near-label-conflict')).toEqual([1, 41])
  })

  it('count what repeats, exactly and nearly', () => {
    const samples = [...many(3, { hash: 'a'.repeat(64) }), ...many(2)]
    const evidence = { samples, measures: [], refused: [], damaged: [], nearGroups: [[0, 1, 2, 3]] }
    expect(countRepeated(evidence)).toEqual({ repeated: 2, nearlyRepeated: 3 })
  })

  it('name classes that are missing in train, small, uneven, or spelt in two ways', () => {
    const samples = [
      ...many(200),
      ...many(12, { label: 'Cat' }),
      ...many(3, { label: 'cat ' }),
      ...many(12, { label: 'd', subset: 'test' as Subset }),
      ...many(2, { label: '' }),
    ]
    const { kinds, of } = check(samples)
    expect(kinds).toEqual([
      'class-imbalance',
      'class-not-in-train',
      'similar-class-names',
      'small-classes',
      'unlabelled',
    ])
    expect(of('class-not-in-train')?.detail).toContain('"d"')
    expect(of('class-imbalance')).toMatchObject({
      severity: 'warning',
      title: 'The largest class is 67 times the smallest',
    })
    expect(of('similar-class-names')?.detail).toBe('"cat " and "Cat"')
  })

  it('do not speak of classes where there are none', () => {
    expect(check(many(30, { label: '' })).kinds).toEqual([])
  })

  it('name pictures of another size, shape, light and colour mode', () => {
    const samples = [...clean(), sample({ width: 3_000, height: 3_000 }), sample({ width: 100, height: 10 })]
    const measures = samples.map(() => ordinary)
    measures[0] = { ...ordinary, low: 200, high: 203 }
    measures[1] = { ...ordinary, low: 0, high: 30 }
    measures[2] = { ...ordinary, low: 220, high: 255 }
    measures[3] = { ...ordinary, mode: 'cmyk' }
    const { kinds, ordinals, of } = check(samples, { measures })
    expect(kinds).toEqual([
      'blank',
      'mixed-colour-modes',
      'odd-aspect',
      'odd-size',
      'very-bright',
      'very-dark',
    ])
    expect(ordinals('odd-size')).toEqual([40])
    expect(ordinals('odd-aspect')).toEqual([41])
    expect([ordinals('blank'), ordinals('very-dark'), ordinals('very-bright')]).toEqual([[0], [1], [2]])
    expect(of('mixed-colour-modes')?.members[0]?.reason).toBe('in CMYK')
  })

  it('name texts that are empty, not composed, or hold what can hardly be meant', () => {
    const samples = [
      ...many(60, { text: 'all the quick brown foxes jump over dogs' }),
      sample({ text: '' }),
      sample({ text: 'cafe\u0301 in the quick brown dogs' }),
      sample({ text: 'the\u200bquick brown foxes over dogs' }),
      sample({ text: 'the quick brown ſoxes over dogs ' }),
      sample({ text: 'x' }),
    ]
    const { kinds, ordinals, of } = check(samples)
    expect(kinds).toEqual([
      'empty-text',
      'odd-text-length',
      'rare-characters',
      'suspect-characters',
      'text-not-nfc',
    ])
    expect(ordinals('empty-text')).toEqual([60])
    expect(ordinals('text-not-nfc')).toEqual([61])
    expect(of('suspect-characters')?.members).toEqual([
      { ordinal: 62, group: null, reason: 'U+200B', suggestion: null },
    ])
    expect(of('rare-characters')?.members.map(({ ordinal, reason }) => [ordinal, reason])).toContainEqual([
      63,
      'ſ',
    ])
    expect(ordinals('odd-text-length')).toEqual([64])
  })

  it('name boxes that reach out, have no area, or are there twice', () => {
    const samples = [
      ...clean(),
      sample({ boxes: [box(0, 0, 100, 100), box(50, 50, 101, 60)] }),
      sample({ boxes: [box(10, 10, 10, 20)] }),
      sample({ boxes: [box(1, 1, 5, 5), box(1, 1, 5, 5)] }),
    ]
    const { kinds, ordinals } = check(samples)
    expect(kinds).toEqual(['box-empty', 'box-outside', 'box-twice'])
    expect([ordinals('box-outside'), ordinals('box-empty'), ordinals('box-twice')]).toEqual([
      [40],
      [41],
      [42],
    ])
  })

  it('name people split over subsets, files refused and pictures damaged', () => {
    const samples = [...clean(), sample({ group: 'anna' }), sample({ group: 'anna', subset: 'test' })]
    const { kinds, ordinals, of } = check(samples, {
      refused: [{ path: 'x.jpg', reason: 'empty' }],
      damaged: [{ ordinal: 3, reason: 'cut short' }],
    })
    expect(kinds).toEqual(['damaged', 'group-leakage', 'refused'])
    expect(ordinals('group-leakage')).toEqual([40, 41])
    expect(of('refused')).toMatchObject({ title: '1 file was refused', members: [] })
  })
})

import { describe, expect, it } from 'vitest'
import { type RecipeStepInput, recipeStep } from '../../contract/index.ts'
import type { DraftSample } from './draft-sample.ts'
import { globPattern } from './filter.ts'
import { applyStep } from './index.ts'

function sample(path: string, given: Partial<DraftSample> = {}): DraftSample {
  return {
    path,
    hash: `hash of ${path}`,
    location: { file: '/blob', offset: 0, length: 1 },
    label: path.split('/')[0] ?? '',
    subset: 'train',
    width: 100,
    height: 50,
    bytes: 1,
    mediaType: 'image/jpeg',
    text: null,
    value: null,
    group: null,
    boxes: [],
    pending: [],
    ...given,
  }
}

function apply(samples: DraftSample[], step: RecipeStepInput, others: DraftSample[] = []) {
  const warnings: string[] = []
  const result = applyStep(samples, recipeStep.parse(step), 0, {
    others: new Map([['other', { title: 'birds v2', samples: others }]]),
    warn: (message) => warnings.push(message),
  })
  return { samples: result, paths: result.map(({ path }) => path), warnings }
}

const pets = [
  sample('cat/1.jpg'),
  sample('cat/2.jpg', { subset: 'test', text: 'a cat' }),
  sample('dog/1.jpg', { width: 20 }),
  sample('dog/deep/2.jpg', { group: 'rex' }),
]

describe('filter', () => {
  it.each<[object, string[]]>([
    [{ labels: ['cat'] }, ['cat/1.jpg', 'cat/2.jpg']],
    [{ subsets: ['test'] }, ['cat/2.jpg']],
    [{ glob: '*/*.jpg', maxWidth: 50 }, ['dog/1.jpg']],
    [{ glob: '**/2.jpg' }, ['cat/2.jpg', 'dog/deep/2.jpg']],
    [{ text: 'present' }, ['cat/2.jpg']],
    [{ textContains: 'cat' }, ['cat/2.jpg']],
    [{ groups: ['rex'] }, ['dog/deep/2.jpg']],
    [{ paths: ['dog/1.jpg'] }, ['dog/1.jpg']],
  ])('keeps %j and drops it', (where, expected) => {
    expect(apply(pets, { kind: 'filter', where }).paths).toEqual(expected)
    const rest = pets.map(({ path }) => path).filter((path) => !expected.includes(path))
    expect(apply(pets, { kind: 'filter', action: 'drop', where }).paths).toEqual(rest)
  })

  it('names a class that there is not, and a step that leaves nothing', () => {
    expect(() => apply(pets, { kind: 'filter', where: { labels: ['cow'] } })).toThrow(
      /Step 1 \(Keep pictures in “cow”\): There is no class "cow"\. There are "cat", "dog"/,
    )
    expect(() => apply(pets, { kind: 'filter', where: { minWidth: 500 } })).toThrow(/leaves no picture of 4/)
    expect(() => apply(pets, { kind: 'filter', where: { paths: ['gone.jpg'] } })).toThrow(/gone\.jpg/)
    expect(apply(pets, { kind: 'filter', where: { paths: ['gone.jpg', 'cat/1.jpg'] } }).warnings).toEqual([
      '1 of 2 pictures that a step names are not there.',
    ])
  })

  it('takes signs in a glob for what they are', () => {
    expect(globPattern('a+(b)[1].p?g').test('a+(b)[1].png')).toBe(true)
    expect(globPattern('*').test('a/b')).toBe(false)
    expect(globPattern('a/**').test('a/b/c')).toBe(true)
  })
})

describe('labels and classes', () => {
  it('maps classes and edits single pictures, in NFC', () => {
    const { samples } = apply(pets, {
      kind: 'relabel',
      map: { cat: 'Katze' },
      edits: [
        { paths: ['dog/1.jpg'], set: { label: 'wolf', text: 'e\u0301' } },
        { paths: ['dog/1.jpg', 'cat/1.jpg'], set: { group: 'g', value: 2 } },
      ],
    })
    expect(samples.map(({ label }) => label)).toEqual(['Katze', 'Katze', 'wolf', 'dog'])
    expect(samples[2]).toMatchObject({ text: 'é', group: 'g', value: 2 })
    expect(samples[0]).toMatchObject({ text: null, group: 'g', value: 2 })
  })

  it('merges and renames, and refuses a name that is taken', () => {
    const merged = apply(pets, { kind: 'merge-classes', from: ['cat', 'dog'], into: 'pet' })
    expect(new Set(merged.samples.map(({ label }) => label))).toEqual(new Set(['pet']))
    expect(() => apply(pets, { kind: 'rename-class', from: 'cat', to: 'dog' })).toThrow(
      /merge "cat" into "dog"/,
    )
  })
})

describe('duplicates', () => {
  const twice = [
    sample('a/1.jpg', { hash: 'x' }),
    sample('a/2.jpg', { hash: 'x', subset: 'test' }),
    sample('b/1.jpg', { hash: 'x' }),
    sample('b/2.jpg', { hash: 'y' }),
    sample('b/3.jpg', { hash: 'z', width: 200 }),
  ]
  it('keeps one of equal content, the one of the preferred subset where there is one', () => {
    expect(apply(twice, { kind: 'deduplicate' }).paths).toEqual(['a/1.jpg', 'b/2.jpg', 'b/3.jpg'])
    expect(apply(twice, { kind: 'deduplicate', prefer: 'test' }).paths).toEqual([
      'a/2.jpg',
      'b/2.jpg',
      'b/3.jpg',
    ])
  })
  it('drops content under two classes on request, and takes a list of near-duplicates', () => {
    expect(apply(twice, { kind: 'deduplicate', conflicts: 'drop-all' }).paths).toEqual(['b/2.jpg', 'b/3.jpg'])
    expect(
      apply(twice, { kind: 'deduplicate', keep: 'largest', groups: [['b/2.jpg', 'b/3.jpg']] }).paths,
    ).toEqual(['a/1.jpg', 'b/3.jpg'])
  })
})

describe('balance', () => {
  const uneven = [
    ...Array.from({ length: 5 }, (_, n) => sample(`a/${n}.jpg`)),
    ...Array.from({ length: 2 }, (_, n) => sample(`b/${n}.jpg`)),
    sample('b/t.jpg', { subset: 'test' }),
  ]
  it('repeats pictures under paths of their own, and leaves test alone', () => {
    const { samples, paths } = apply(uneven, { kind: 'balance', to: 'largest' })
    const train = samples.filter(({ subset }) => subset === 'train')
    expect(train.filter(({ label }) => label === 'b')).toHaveLength(5)
    expect(new Set(paths).size).toBe(11)
    expect(paths.filter((path) => /^b\/\d\.again-[12]\.jpg$/.test(path))).toHaveLength(3)
  })
  it('draws fewer by the seed', () => {
    const drawn = apply(uneven, { kind: 'balance', to: 'smallest', seed: 7 }).paths
    expect(drawn).toHaveLength(5)
    expect(apply(uneven, { kind: 'balance', to: 'smallest', seed: 7 }).paths).toEqual(drawn)
  })
})

describe('pictures', () => {
  const boxed = sample('page.tif', {
    label: '',
    width: 400,
    height: 200,
    boxes: [
      { x0: 10, y0: 20, x1: 110, y1: 60, label: 'word', text: 'one' },
      { x0: 350, y0: 150, x1: 500, y1: 250, label: 'word', text: 'two' },
      { x0: 500, y0: 0, x1: 510, y1: 10, label: 'word', text: 'outside' },
    ],
  })

  it('are cut out by their boxes, with text, class and the path they come from', () => {
    const { samples, warnings } = apply([boxed], { kind: 'crop-boxes' })
    expect(samples).toMatchObject([
      { path: 'page.box-1.png', label: 'word', text: 'one', group: 'page.tif', width: 100, height: 40 },
      { path: 'page.box-2.png', label: 'word', text: 'two', group: 'page.tif', width: 50, height: 50 },
    ])
    expect(warnings).toEqual([expect.stringContaining('1 boxes lie outside')])
    expect(() => apply(pets, { kind: 'crop-boxes' })).toThrow(/No picture has a box/)
  })

  it('are scaled with their boxes', () => {
    const { samples } = apply([boxed], { kind: 'resize', width: 100, height: 100, mode: 'contain' })
    expect(samples[0]).toMatchObject({ width: 100, height: 100 })
    expect(samples[0]?.boxes[0]).toMatchObject({ x0: 2.5, y0: 30, x1: 27.5, y1: 40 })
    const fit = apply([boxed], { kind: 'resize', width: 100, height: 100 })
    expect(fit.samples[0]).toMatchObject({ width: 100, height: 50 })
    const same = apply([boxed], { kind: 'resize', width: 400, height: 200 })
    expect(same.samples[0]?.pending).toEqual([])
  })

  it('are copied with changes for train only, each in the group of its original', () => {
    const { samples, paths } = apply(pets, { kind: 'augment', copies: 2, rotate: 10, flipHorizontal: true })
    expect(paths).toHaveLength(10)
    expect(paths).toContain('cat/1.augmented-2.png')
    expect(paths).not.toContain('cat/2.augmented-1.png')
    expect(samples.find(({ path }) => path === 'cat/1.augmented-1.png')?.group).toBe('cat/1.jpg')
    expect(samples.find(({ path }) => path === 'dog/deep/2.augmented-1.png')?.group).toBe('rex')
    const alone = apply(pets.slice(0, 1), { kind: 'augment', copies: 1, rotate: 10, flipHorizontal: true })
    expect(alone.samples[1]).toEqual(samples.find(({ path }) => path === 'cat/1.augmented-1.png'))
    expect(() => apply(pets, { kind: 'augment', copies: 1 })).toThrow(/changes nothing/)
  })

  it('have their boxes turned along', () => {
    const { samples } = apply([boxed], { kind: 'augment', flipHorizontal: true })
    expect(samples[1]?.boxes[0]).toMatchObject({ x0: 290, x1: 390, y0: 20, y1: 60, text: 'one' })
  })
})

describe('merge', () => {
  const others = [
    sample('cat/1.jpg'),
    sample('cat/2.jpg', { label: 'lynx', subset: 'test', text: 'a cat' }),
    sample('new/1.jpg', { hash: 'hash of cat/2.jpg', subset: 'train' }),
  ]
  const step = { kind: 'merge', versionId: 'other' } as const

  it('refuses conflicts unless told whose to keep', () => {
    expect(() => apply(pets, step, others)).toThrow(/1 pictures are in both.*cat\/2\.jpg/)
    expect(apply(pets, { ...step, conflict: 'keep-this' }, others).samples[1]?.label).toBe('cat')
    expect(apply(pets, { ...step, conflict: 'take-other' }, others).samples[1]?.label).toBe('lynx')
    expect(apply(pets, { ...step, conflict: 'keep-both' }, others).paths).toContain('birds v2/cat/2.jpg')
  })

  it('puts equal content into the subset that it has here', () => {
    const { samples } = apply(pets, { ...step, conflict: 'keep-this' }, others)
    expect(samples.find(({ path }) => path === 'new/1.jpg')?.subset).toBe('test')
  })
})

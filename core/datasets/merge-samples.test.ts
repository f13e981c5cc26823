import { describe, expect, it } from 'vitest'
import type { OnConflict } from '../contract/index.ts'
import { mergeSamples } from './merge-samples.ts'

const sample = (path: string, hash: string, label = 'cat') => ({
  path,
  hash,
  label,
  text: null,
  value: null,
  group: null,
  boxes: [],
})
const pictures = (onConflict: OnConflict) => ({ onConflict, noun: 'picture' as const, named: true })
const base = [sample('a.png', '1'), sample('b.png', '2'), sample('a (2).png', '9')]
const added = [sample('a.png', '1', 'dog'), sample('b.png', '2'), sample('c.png', '3')]
const brief = (items: ReturnType<typeof sample>[]) =>
  items.map(({ path, label }) => `${path} ${label}`).sort()

describe('adding samples to a version', () => {
  it('lets the new one win', () => {
    const { items, warnings } = mergeSamples(base, added, pictures('replace'))
    expect(brief(items)).toEqual(['a (2).png cat', 'a.png dog', 'b.png cat', 'c.png cat'])
    expect(warnings).toEqual([
      '1 picture was there already and stays as it is.',
      '1 picture was there with other content and has been replaced: a.png.',
    ])
  })

  it('keeps both, under a name that is free', () => {
    const { items } = mergeSamples(base, added, pictures('keep'))
    expect(brief(items)).toEqual(['a (2).png cat', 'a (3).png dog', 'a.png cat', 'b.png cat', 'c.png cat'])
  })

  it('adds nothing when both are kept a second time', () => {
    const { items } = mergeSamples(base, added, pictures('keep'))
    const again = mergeSamples(items, added, pictures('keep'))
    expect(brief(again.items)).toEqual(brief(items))
    expect(again.warnings).toEqual(['3 pictures were there already and stay as they are.'])
  })

  it('never replaces a row by another that only has its number', () => {
    const rules = { onConflict: 'replace' as const, noun: 'row' as const, named: false }
    const { items, warnings } = mergeSamples([sample('t.csv#1', '1')], [sample('t.csv#1', '2')], rules)
    expect(items.map(({ path }) => path)).toEqual(['t.csv#1', 't (2).csv#1'])
    expect(warnings[0]).toContain('is kept beside the new: t.csv#1. The rows have numbers and no names')
  })

  it('fails and names the pictures', () => {
    expect(() => mergeSamples(base, added, pictures('fail'))).toThrow(
      /1 picture is there already with other content: a\.png\. Nothing/,
    )
  })
})

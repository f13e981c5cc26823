import { describe, expect, it } from 'vitest'
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
const base = [sample('a.png', '1'), sample('b.png', '2'), sample('a (2).png', '9')]
const added = [sample('a.png', '1', 'dog'), sample('b.png', '2'), sample('c.png', '3')]
const brief = (items: ReturnType<typeof sample>[]) =>
  items.map(({ path, label }) => `${path} ${label}`).sort()

describe('adding samples to a version', () => {
  it('lets the new one win', () => {
    const { items, warnings } = mergeSamples(base, added, 'replace')
    expect(brief(items)).toEqual(['a (2).png cat', 'a.png dog', 'b.png cat', 'c.png cat'])
    expect(warnings).toEqual([
      '1 pictures were there already and stay as they are.',
      '1 pictures were there with other content and have been replaced: a.png.',
    ])
  })

  it('keeps both, under a name that is free', () => {
    const { items } = mergeSamples(base, added, 'keep')
    expect(brief(items)).toEqual(['a (2).png cat', 'a (3).png dog', 'a.png cat', 'b.png cat', 'c.png cat'])
  })

  it('fails and names the pictures', () => {
    expect(() => mergeSamples(base, added, 'fail')).toThrow(
      /1 pictures are there already with other content: a\.png\. Nothing/,
    )
  })
})

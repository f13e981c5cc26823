import { describe, expect, it } from 'vitest'
import type { TextReplacement } from '../contract/index.ts'
import { PageReplacing } from './page-replacing.ts'

const replaced = (text: string, find: string, replace: string, how: Partial<TextReplacement> = {}) => {
  const shown = text.split(' ')
  const replacing = new PageReplacing({ find, replace, matchCase: false, wholeWords: false, ...how })
  const places = replacing.placesIn(shown)
  for (const { start, texts } of places) for (const [at, each] of texts.entries()) shown[start + at] = each
  // A page that has a place is never passed over by its text.
  expect(replacing.mayBeIn(text) || places.length === 0).toBe(true)
  return shown
}

describe('find and replace in the words of a page', () => {
  it('replaces each time within a word, in any case', () => {
    expect(replaced('Banana an bread', 'an', 'o')).toEqual(['Booa', 'o', 'bread'])
    expect(replaced('Banana AN', 'an', 'o', { matchCase: true })).toEqual(['Booa', 'AN'])
  })

  it('takes whole words only, in any script, and leaves the marks around them', () => {
    expect(replaced('"cat," cats Kätzcat', 'cat', 'dog', { wholeWords: true })).toEqual([
      '"dog,"',
      'cats',
      'Kätzcat',
    ])
  })

  it('takes signs as they are, also those of patterns', () => {
    expect(replaced('a.b axb $1 (x)', 'a.b', '$&')).toEqual(['$&', 'axb', '$1', '(x)'])
    expect(replaced('well-known (x)', '(x)', 'a-b')).toEqual(['well-known', 'a-b'])
    expect(replaced('well-known', 'l-k', 'l k')).toEqual(['well known'])
  })

  it('finds a phrase over several words, one of which takes what is too much', () => {
    expect(replaced('in "New York," now', 'new york', 'Los Angeles')).toEqual([
      'in',
      '"Los',
      'Angeles,"',
      'now',
    ])
    expect(replaced('in New York, now', 'new york', 'Paris')).toEqual(['in', 'Paris,', '', 'now'])
    expect(replaced('in New York now', 'new york', 'Rio de Janeiro')).toEqual([
      'in',
      'Rio',
      'de Janeiro',
      'now',
    ])
    expect(replaced('in New York, now', 'new york', '')).toEqual(['in', ',', '', 'now'])
    expect(replaced('Newer York', 'new york', 'x')).toEqual(['Newer', 'York'])
  })

  it('finds a phrase in a word that was corrected to several, and passes over what was taken out', () => {
    const words = ['New York', 'new', '', 'YORK']
    const replacing = new PageReplacing({
      find: 'new  york',
      replace: 'NY',
      matchCase: false,
      wholeWords: true,
    })
    expect(replacing.placesIn(words)).toEqual([
      { start: 0, end: 1, texts: ['NY'] },
      { start: 1, end: 4, texts: ['NY', '', ''] },
    ])
  })

  it('finds letters however their accents are written', () => {
    expect(replaced('Cafe\u0301', 'caf\u00e9', 'Bar')).toEqual(['Bar'])
  })

  it('has no place where nothing would change', () => {
    expect(
      new PageReplacing({ find: 'a', replace: 'a', matchCase: true, wholeWords: false }).placesIn([
        'a',
        'b',
        'a',
      ]),
    ).toEqual([])
  })
})

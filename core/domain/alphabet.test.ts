import { describe, expect, it } from 'vitest'
import { AlphabetCoding, alphabetOf, lineCharacters } from './alphabet.ts'
import { createRandom } from './random.ts'
import { visualOrder } from './visual-order.ts'

const shown = (text: string) => visualOrder(lineCharacters(text)).join('')

describe('the visual order of a line', () => {
  it.each([
    ['left to right stays', 'Ein Wort (1801).', 'Ein Wort (1801).'],
    ['Hebrew is turned, brackets are mirrored', 'אבג (דה).', '.(הד) גבא'],
    ['a number in Hebrew runs from left to right', 'שנת 1948 היא', 'איה 1948 תנש'],
    ['a date too', 'ב-12.5.1948 היה', 'היה 12.5.1948-ב'],
    ['a Hebrew word in German', 'das Wort שלום hier', 'das Wort םולש hier'],
    ['Arabic with a Latin word', 'كلمة word هنا', 'انه word ةملك'],
  ])('%s', (_, logical, visual) => {
    expect(shown(logical)).toBe(visual)
  })

  it('is its own inverse, whatever the line', () => {
    const random = createRandom(2, 'lines')
    const letters = [...'אבגش ,.(12ab)«»-']
    for (let line = 0; line < 2000; line++) {
      const text = Array.from(
        { length: 1 + random.integer(14) },
        () => letters[random.integer(letters.length)] ?? '',
      )
      expect(visualOrder(visualOrder(text))).toEqual(text)
    }
  })
})

describe('an alphabet', () => {
  it('takes a letter with its marks as one character, composed where Unicode has it', () => {
    expect(alphabetOf(['u\u0364ber', 'a\u0308b'])).toEqual(['b', 'e', 'r', 'u\u0364', 'ä'])
  })

  it('gives back what it encodes, in logical order, without what it lacks', () => {
    const coding = new AlphabetCoding(alphabetOf(['שלום (1)', 'abc ']))
    for (const text of ['שלום (1)', 'cab', 'a (שלום) b'])
      expect(coding.decode(coding.encode(text))).toBe(text)
    expect(coding.decode(coding.encode('a€c'))).toBe('ac')
  })
})

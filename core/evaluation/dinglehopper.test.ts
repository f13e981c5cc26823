import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { characterErrorRate, wordErrorRate } from './character-error-rate.ts'

const folder = ['../shared', '../../shared']
  .map((shared) => path.resolve(shared, 'data/ocr-dinglehopper-gt-vs-ocr'))
  .find((candidate) => existsSync(candidate))

/** The texts of a PAGE file's regions, or an ALTO file's words, in the order of the file; or a text file. */
function textOf(file: string): string {
  const content = readFileSync(path.join(folder ?? '', file), 'utf8')
  if (file.endsWith('.txt')) return content
  const entities: Record<string, string> = {
    '&amp;': '&',
    '&lt;': '<',
    '&gt;': '>',
    '&quot;': '"',
    '&apos;': "'",
  }
  const plain = (text: string) => text.replace(/&(amp|lt|gt|quot|apos);/g, (entity) => entities[entity] ?? '')
  const words = [...content.matchAll(/<(?:\w+:)?String\b[^>]*?\bCONTENT="([^"]*)"/g)]
  if (words.length > 0) return words.map(([, word]) => plain(word ?? '')).join(' ')
  const inner = content.replace(/<(\w+:)?TextLine\b[\s\S]*?<\/(\w+:)?TextLine>/g, '')
  return [...inner.matchAll(/<(?:\w+:)?Unicode>([\s\S]*?)<\/(?:\w+:)?Unicode>/g)]
    .map(([, text]) => plain(text ?? ''))
    .join('\n')
}

const gt = 'actevedef_718448162/OCR-D-GT-PAGE/00000024.page.xml'

describe.skipIf(folder === undefined)('error rates equal those of dinglehopper 0.11.0', () => {
  // character_error_rate and word_error_rate_n over words_normalized, white space as single spaces.
  it.each([
    [
      'brochrnx_73075507X/00000139.gt.page.xml',
      'brochrnx_73075507X/00000139.ocrd-tess.ocr.page.xml',
      0.424962852897474,
      0.7553763440860215,
    ],
    [
      gt,
      'actevedef_718448162/OCR-D-OCR-CALAMARI/OCR-D-OCR-CALAMARI_0001.xml',
      0.673560151211919,
      0.8673076923076923,
    ],
    [
      gt,
      'actevedef_718448162/OCR-D-OCR-TESS/OCR-D-OCR-TESS_0001.xml',
      0.6820102290415833,
      0.8826923076923077,
    ],
    ['lorem-ipsum/lorem-ipsum-scan.gt.page.xml', 'lorem-ipsum/lorem-ipsum-scan.ocr.tesseract.alto.xml', 0, 0],
    [
      'lorem-ipsum/lorem-ipsum-scan-bad.gt.page.xml',
      'lorem-ipsum/lorem-ipsum-scan-bad.ocr.tesseract.alto.xml',
      0.01353637901861252,
      0.07,
    ],
    ['line_dirs/basic/gt/a.gt.txt', 'line_dirs/basic/ocr/a.some-ocr.txt', 0.06666666666666667, 0.25],
    ['line_dirs/basic/gt/b.gt.txt', 'line_dirs/basic/ocr/b.some-ocr.txt', 0.07692307692307693, 0.5],
    ['test-gt.page2018.xml', 'test-fake-ocr.page2018.xml', 0.005115089514066497, 0.014285714285714285],
  ])('%s against %s', (truth, reading, characters, words) => {
    expect(characterErrorRate(textOf(truth), textOf(reading))).toBeCloseTo(characters, 9)
    expect(wordErrorRate(textOf(truth), textOf(reading))).toBeCloseTo(words, 9)
  })
})

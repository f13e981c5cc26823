import type { OcrWord } from '../contract/index.ts'

/**
 * The text of words in reading order: a space between words, a line break between lines, a blank line between blocks.
 * It follows the words alone, so that a corrected word can be put into the text by correcting it in the list.
 */
export function textOfWords(words: readonly Pick<OcrWord, 'text' | 'line' | 'block'>[]): string {
  let text = ''
  let previous: Pick<OcrWord, 'line' | 'block'> | undefined
  for (const word of words) {
    if (previous) text += separator(previous, word)
    text += word.text
    previous = word
  }
  return text
}

function separator(previous: Pick<OcrWord, 'line' | 'block'>, word: Pick<OcrWord, 'line' | 'block'>): string {
  if (word.block !== previous.block) return '\n\n'
  return word.line === previous.line ? ' ' : '\n'
}

interface TextWord {
  text: string
  correction: string | null
  line: number
  block: number
}

/** The page's text from its words, with corrections: lines by line breaks, blocks by an empty line. */
export function pageText(words: readonly TextWord[]): string {
  let text = ''
  let previous: TextWord | undefined
  for (const word of words) {
    const shown = word.correction ?? word.text
    if (shown === '') continue
    if (previous) text += previous.block !== word.block ? '\n\n' : previous.line !== word.line ? '\n' : ' '
    text += shown
    previous = word
  }
  return text === '' ? '' : `${text}\n`
}

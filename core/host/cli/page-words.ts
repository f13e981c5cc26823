import { type Command, InvalidArgumentError } from 'commander'
import type { Box, Page } from '../../contract/index.ts'
import { pageNamed } from './ocr-truth.ts'
import type { Output } from './output.ts'
import { integer, verb } from './verb.ts'

const counted = (count: number): string => (count === 1 ? '1 word' : `${count} words`)

function printWords(output: Output, { words }: Page): void {
  for (const word of words) {
    const { x0, y0, x1, y1 } = word.box
    output.line(word, () =>
      [
        String(word.index).padStart(5),
        [x0, y0, x1, y1].map((edge) => edge.toFixed(0)).join(','),
        word.correction === null ? word.text : `${word.text} -> ${word.correction}`,
      ].join('  '),
    )
  }
}

function parseBox(text: string): Box {
  const [x0, y0, x1, y1, ...rest] = text.split(',').map((edge) => Number(edge.trim() || Number.NaN))
  if (x0 === undefined || y0 === undefined || x1 === undefined || y1 === undefined || rest.length > 0)
    throw new InvalidArgumentError('four numbers are needed: left,top,right,bottom in px.')
  if (![x0, y0, x1, y1].every(Number.isFinite))
    throw new InvalidArgumentError('left,top,right,bottom must be numbers.')
  return { x0, y0, x1, y1 }
}

/** Words of one page: correct, join, split, move, and all of it back. */
export function addPageWordVerbs(pages: Command): void {
  const page = (name: string, description: string) =>
    pages.command(name).description(description).argument('<page>', 'its id or name')

  verb(
    page('words', 'the words of a page with their numbers and boxes'),
    async (client, output, name: string) => {
      const { id } = await pageNamed(client, name)
      printWords(output, await client.call('pages.get', { pageId: id }))
    },
  )
  verb(
    page('correct', 'correct a word; an empty text means that there is no such word')
      .argument('<word>', 'its number, as `pages words` shows it', integer)
      .argument('<text>'),
    async (client, output, name: string, wordIndex: number, text: string) => {
      const { id } = await pageNamed(client, name)
      const { text: all } = await client.call('pages.correctWord', { pageId: id, wordIndex, text })
      output.line({ pageId: id, text: all }, () => 'Corrected.')
    },
  )
  verb(
    page('join', 'make one word of neighbours in a line').argument('<word...>', 'their numbers'),
    async (client, output, name: string, words: string[]) => {
      const { id } = await pageNamed(client, name)
      const changed = await client.call('pages.editWords', {
        pageId: id,
        edit: { kind: 'join', words: words.map(integer) },
      })
      output.line(changed, () => `Joined; ${counted(changed.wordCount)} now.`)
    },
  )
  verb(
    page('split', 'make two words of one')
      .argument('<word>', 'its number', integer)
      .argument('<characters>', 'so many stay in the first', integer),
    async (client, output, name: string, word: number, at: number) => {
      const { id } = await pageNamed(client, name)
      const edit = { kind: 'split' as const, word, at }
      const changed = await client.call('pages.editWords', { pageId: id, edit })
      output.line(changed, () => `Split; ${counted(changed.wordCount)} now.`)
    },
  )
  verb(
    page('move', 'give a word another place on the picture')
      .argument('<word>', 'its number', integer)
      .argument('<box>', 'left,top,right,bottom in px', parseBox),
    async (client, output, name: string, word: number, box: Box) => {
      const { id } = await pageNamed(client, name)
      const edit = { kind: 'box' as const, word, box }
      output.line(await client.call('pages.editWords', { pageId: id, edit }), () => 'Moved.')
    },
  )
  for (const [name, procedure, done] of [
    ['undo', 'pages.undo', 'Taken back'],
    ['redo', 'pages.redo', 'Done again'],
  ] as const)
    verb(
      page(name, name === 'undo' ? 'take the last step on a page back' : 'do it again'),
      async (client, output, wanted: string) => {
        const { id } = await pageNamed(client, wanted)
        const changed = await client.call(procedure, { pageId: id })
        output.line(changed, () => `${done}. Next: undo ${changed.undo ?? '-'}, redo ${changed.redo ?? '-'}.`)
      },
    )
}

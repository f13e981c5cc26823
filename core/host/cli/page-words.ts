import { readFile } from 'node:fs/promises'
import { type Command, InvalidArgumentError } from 'commander'
import {
  type Box,
  GlyphlabError,
  type Page,
  type PageChange,
  pageRegions,
  type QuarterTurn,
} from '../../contract/index.ts'
import type { EngineClient } from '../engine-client.ts'
import { ids, pageNamed } from './ocr-truth.ts'
import type { Output } from './output.ts'
import { integer, verb } from './verb.ts'

const counted = (count: number): string => (count === 1 ? '1 word' : `${count} words`)

function printWords(output: Output, { words }: Pick<Page, 'words'>): void {
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

function quarter(text: string): QuarterTurn {
  const degrees = Number(text)
  if (degrees === 90 || degrees === 180 || degrees === 270) return degrees
  throw new GlyphlabError('INVALID_INPUT', `${text}: a page is turned by 90, 180 or 270 degrees clockwise.`)
}

/** @throws GlyphlabError NOT_FOUND, INVALID_INPUT */
export async function regionsIn(file: string) {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new GlyphlabError('NOT_FOUND', `${file}: the file does not exist, or may not be read.`)
  })
  try {
    return pageRegions.parse(JSON.parse(text))
  } catch {
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${file}: these are no regions. A list of {"kind": "text" | "table" | "ignore", "box": {"x0", "y0", "x1", "y1"}} in px is needed.`,
    )
  }
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
    page('spelling', 'the words that are not in the word list of the page’s language'),
    async (client, output, name: string) => {
      const { id } = await pageNamed(client, name)
      const found = await client.call('pages.spelling', { pageId: id })
      if (found === null)
        throw new GlyphlabError('UNAVAILABLE', `There is no word list for the language of ${name}.`)
      const { words } = await client.call('pages.get', { pageId: id })
      const unknown = new Set(found.words)
      printWords(output, { words: words.filter(({ index }) => unknown.has(index)) })
      if (unknown.size === 0) output.line({ words: [] }, () => 'All words are in it.')
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
  verb(
    page('add', 'add a word that was missed')
      .argument('<box>', 'left,top,right,bottom in px', parseBox)
      .argument('<text>'),
    async (client, output, name: string, box: Box, text: string) => {
      const { id } = await pageNamed(client, name)
      const edit = { kind: 'add' as const, box, text }
      const changed = await client.call('pages.editWords', { pageId: id, edit })
      output.line(changed, () => `Added; ${counted(changed.wordCount)} now.`)
    },
  )
  const arrange = (
    command: Command,
    done: string,
    changeOf: (value: string, client: EngineClient) => PageChange | Promise<PageChange>,
  ) =>
    verb(command, async (client, output, name: string, value: string) => {
      const { id } = await pageNamed(client, name)
      const change = await changeOf(value, client)
      const changed = await client.call('pages.arrange', { pageId: id, change })
      output.line(changed, () => `${done}. It has ${changed.width} x ${changed.height} px.`)
    })
  arrange(
    page('turn', 'turn a page clockwise; the picture it was made of stays').argument(
      '<degrees>',
      '90, 180 or 270',
    ),
    'Turned',
    (value) => ({ kind: 'turn', degrees: quarter(value) }),
  )
  arrange(
    page('crop', 'cut a page').argument('<box>', 'what stays: left,top,right,bottom in px'),
    'Cropped',
    (value) => ({ kind: 'crop', box: parseBox(value) }),
  )
  for (const to of ['before', 'behind'] as const)
    arrange(
      page(to, `put a page ${to} another one, in that one's document`).argument('<other>', 'its id or name'),
      'Moved',
      async (value, client) => ({ kind: 'move', to, pageId: (await pageNamed(client, value)).id }),
    )
  verb(
    page(
      'regions',
      'say what is read of a page: [{"kind": "text", "box": {"x0", "y0", "x1", "y1"}}], in order',
    )
      .option('--file <file>', 'JSON; without it, the regions that there are')
      .option('--clear', 'no regions'),
    async (client, output, name: string, { file, clear }: { file?: string; clear?: boolean }) => {
      const { id } = await pageNamed(client, name)
      const { regions } =
        file === undefined && clear !== true
          ? await client.call('pages.get', { pageId: id })
          : await client.call('pages.setRegions', {
              pageId: id,
              regions: file === undefined ? [] : await regionsIn(file),
            })
      output.line(regions, () => JSON.stringify(regions))
    },
  )
  for (const name of ['remove', 'restore'] as const)
    verb(
      pages
        .command(name)
        .description(name === 'remove' ? 'remove pages; for 30 days they can be restored' : 'bring them back')
        .argument('<page...>', name === 'remove' ? 'ids or names' : 'ids, as `pages removed` shows them'),
      async (client, output, names: string[]) => {
        const count =
          name === 'remove'
            ? (await client.call('pages.remove', { pageIds: await ids(client, names) })).removed
            : (await client.call('pages.restore', { pageIds: names })).restored
        output.line({ count }, () => `${count === 1 ? '1 page' : `${count} pages`} ${name}d.`)
      },
    )
  verb(pages.command('removed').description('the pages that were removed'), async (client, output) => {
    for (const one of await client.call('pages.removed', {})) output.line(one, () => `${one.id}  ${one.name}`)
  })
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

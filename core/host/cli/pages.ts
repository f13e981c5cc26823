import type { Command } from 'commander'
import { GlyphlabError, type ReplacementOnPages } from '../../contract/index.ts'
import { addPageWordVerbs } from './page-words.ts'
import { integer, verb } from './verb.ts'

interface ReplaceFlags {
  page: string[]
  matchCase?: boolean
  wholeWords?: boolean
  preview?: boolean
  limit: number
}

const counted = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`

export function addPageVerbs(program: Command): void {
  const pages = program.command('pages').description('pages that were read')
  verb(
    pages
      .command('replace')
      .description('find and replace in the text of pages, all at once; the words keep their boxes')
      .argument('<find>', 'a part of a word, a word or a phrase')
      .argument('[replacement]', 'what stands in its place; without it the text is taken out', '')
      .option(
        '--page <id>',
        'only this page (can be given several times; default: all pages)',
        (id: string, before: string[]) => [...before, id],
        [] as string[],
      )
      .option('--match-case', 'upper and lower case must be the same')
      .option('--whole-words', 'only whole words')
      .option('--preview', 'only show what would be replaced')
      .option('--limit <count>', 'show at most so many places', integer, 500),
    async (client, output, find: string, replace: string, flags: ReplaceFlags) => {
      const wanted: ReplacementOnPages = {
        find,
        replace,
        matchCase: flags.matchCase === true,
        wholeWords: flags.wholeWords === true,
        ...(flags.page.length > 0 ? { pageIds: flags.page } : {}),
      }
      if (flags.preview !== true) {
        const made = await client.call('pages.replace', wanted)
        output.line(
          made,
          () =>
            `${counted(made.places, 'place')} on ${counted(made.pages, 'page')} replaced. Take it back: glyphlab pages undo-replace ${made.id}`,
        )
        return true
      }
      const preview = await client.call('pages.previewReplace', { ...wanted, limit: flags.limit })
      for (const page of preview.items)
        output.line(page, () =>
          [
            `== ${page.name} (${counted(page.places, 'place')})`,
            ...page.shown.map(
              ({ before, found, becomes, after }) => `   ${before} [${found} -> ${becomes}] ${after}`,
            ),
          ].join('\n'),
        )
      if (!output.json)
        output.line(null, () => `${counted(preview.places, 'place')} on ${counted(preview.pages, 'page')}.`)
      return preview.places > 0
    },
  )
  verb(
    pages
      .command('undo-replace')
      .description('take a replacement back on all its pages')
      .argument('[id]', 'default: the newest that is not taken back'),
    async (client, output, id: string | undefined) => {
      const newest = async () =>
        (await client.call('pages.replacements', {})).find(({ undone }) => !undone)?.id
      const chosen = id ?? (await newest())
      if (chosen === undefined) throw new GlyphlabError('NOT_FOUND', 'There is no replacement to take back.')
      const undone = await client.call('pages.undoReplace', { id: chosen })
      output.line({ id: chosen, ...undone }, () =>
        [
          `${counted(undone.restored, 'word')} restored.`,
          ...(undone.kept > 0 ? [`${counted(undone.kept, 'word')} corrected since stay as they are.`] : []),
        ].join(' '),
      )
    },
  )
  addPageWordVerbs(pages)
}

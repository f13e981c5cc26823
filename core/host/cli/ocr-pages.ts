import { type Command, Option } from 'commander'
import { followJob } from './output.ts'
import { integer, verb } from './verb.ts'

export function addOcrSearchVerb(ocr: Command): void {
  verb(
    ocr
      .command('search')
      .description('find words in everything that was read ("..." for a phrase)')
      .argument('<word...>')
      .option('--limit <count>', 'at most so many pages', integer, 50),
    async (client, output, words: string[], { limit }: { limit: number }) => {
      const text = words.map((word) => (/\s/.test(word) ? `"${word}"` : word)).join(' ')
      const { total, items } = await client.call('pages.search', { text, limit })
      for (const hit of items)
        output.line(hit, () =>
          [
            `== ${hit.name} (${hit.words.length} ${hit.words.length === 1 ? 'word' : 'words'})`,
            `   ${hit.snippet.map((part) => (part.hit ? `[${part.text}]` : part.text)).join(' ')}`,
          ].join('\n'),
        )
      if (!output.json)
        output.line(null, () =>
          total === 0 ? 'Nothing found.' : total > items.length ? `${total} pages; these are the best.` : '',
        )
      return total > 0
    },
  )
}

interface DatasetFlags {
  name: string
  unit: 'lines' | 'words' | 'pages'
  all?: boolean
  page: string[]
}

export function addOcrDatasetVerb(ocr: Command): void {
  verb(
    ocr
      .command('dataset')
      .description('make a dataset of pages with corrections: pictures with their text')
      .requiredOption('--name <name>', 'the dataset')
      .addOption(
        new Option('--unit <unit>', 'what a sample is').choices(['lines', 'words', 'pages']).default('lines'),
      )
      .option('--all', 'also the lines, words or pages in which nothing was corrected')
      .option(
        '--page <id>',
        'only this page (can be given several times; default: every page with a correction)',
        (id: string, before: string[]) => [...before, id],
        [] as string[],
      ),
    async (client, output, { name, unit, all, page }: DatasetFlags) => {
      const { jobId } = await client.call('pages.toDataset', {
        name,
        unit,
        onlyCorrected: all !== true,
        ...(page.length > 0 ? { pageIds: page } : {}),
      })
      const { result } = await followJob(client, jobId, output)
      const version = await client.call('datasets.version', {
        versionId: String(result?.['datasetVersionId']),
      })
      output.line(
        version,
        () => `${version.sampleCount} ${unit} became ${version.datasetName} v${version.number}.`,
      )
    },
  )
}

import { type Command, InvalidArgumentError } from 'commander'
import {
  type Comparison,
  type ErrorRate,
  googleVisionEngine,
  parseWay,
  type ReadingOptions,
} from '../../contract/index.ts'
import { ids, pageNamed } from './ocr-truth.ts'
import { tellCost } from './ocr-vision.ts'
import { followJob, type Output, table } from './output.ts'
import { integer, verb } from './verb.ts'

const percent = (value: number): string => `${(value * 100).toFixed(2)} %`

const ofRate = (found: ErrorRate | null): string => {
  if (found === null) return '-'
  const { rate, interval } = found
  return interval === null
    ? percent(rate)
    : `${percent(rate)} (${interval.map((end) => (end * 100).toFixed(2)).join(' to ')})`
}

function printComparison(output: Output, found: Comparison): void {
  output.line(found, () => {
    const ways = [...found.ways].sort((a, b) => (a.cer?.rate ?? 9) - (b.cer?.rate ?? 9))
    const rows = ways.map((way) => [
      way.title,
      ofRate(way.cer),
      ofRate(way.wer),
      way.behind === null ? (way.done === found.pages.length ? 'best' : '-') : ofRate(way.behind),
      way.pagesPerMinute === null ? '-' : way.pagesPerMinute.toFixed(1),
      String(way.failed),
      way.runId.slice(0, 8),
    ])
    return [
      `${found.name} (${found.id})`,
      table([['way', 'CER', 'WER', 'CER behind the best', 'pages/min', 'failed', 'run'], ...rows]),
      found.pages.length > 1
        ? 'In brackets: where 95 % of other pages like these would be.'
        : 'A single page says nothing about others: compare on more.',
    ].join('\n')
  })
}

function way(text: string, before: ReadingOptions[]): ReadingOptions[] {
  try {
    return [...before, parseWay(text)]
  } catch (cause) {
    throw new InvalidArgumentError(cause instanceof Error ? cause.message : String(cause))
  }
}

interface CompareFlags {
  way: ReadingOptions[]
  name?: string
  experiment?: string
}

export function addOcrCompareVerbs(ocr: Command): void {
  verb(
    ocr
      .command('compare')
      .description('which engine or recipe reads pages best: errors against what stands on them, as runs')
      .argument('[page...]', 'ids or names (default: every page with a ground truth; see `ocr truth`)')
      .requiredOption(
        '--way <way>',
        'an engine with psm=, preprocess= or lines= behind it: "tesseract psm=6 preprocess=deskew" (several times)',
        way,
        [] as ReadingOptions[],
      )
      .option('--name <name>', 'of the comparison')
      .option('--experiment <name>', 'where its runs go (default: OCR comparisons)'),
    async (client, output, names: string[], { way: ways, name, experiment }: CompareFlags) => {
      const pageIds = await ids(client, names)
      const paid = ways.filter(({ engine }) => engine === googleVisionEngine).length
      if (paid > 0) {
        const pages = pageIds.length || (await client.call('pages.withTruth', {})).length
        await tellCost(client, { pages: pages * paid })
      }
      const { id, jobId } = await client.call('pages.compare', {
        ways,
        ...(pageIds.length > 0 ? { pageIds } : {}),
        ...(name === undefined ? {} : { name }),
        ...(experiment === undefined ? {} : { experiment }),
      })
      await followJob(client, jobId, output)
      const found = await client.call('pages.comparison', { id })
      printComparison(output, found)
      return found.ways.every(({ failed }) => failed === 0)
    },
  )
  verb(
    ocr
      .command('comparisons')
      .description('the comparisons made, the newest first')
      .option('--limit <count>', 'at most so many', integer, 100)
      .option('--delete <id>', 'delete this one; its runs stay'),
    async (client, output, { limit, delete: id }: { limit: number; delete?: string }) => {
      if (id !== undefined) {
        await client.call('pages.deleteComparison', { id })
        output.line({ deleted: id }, () => 'Deleted. Its runs stay.')
        return
      }
      for (const found of await client.call('pages.comparisons', { limit }))
        output.line(found, () => {
          const best = found.ways[0]
          return `${found.id}  ${found.name}${best?.cer === null || !best ? '' : `: ${best.title} ${percent(best.cer)}`}`
        })
    },
  )
  verb(
    ocr
      .command('differences')
      .description('where the readings of a comparison differ from the truth')
      .argument('<comparison>')
      .option('--page <page>', 'only this page (id or name)'),
    async (client, output, id: string, { page }: { page?: string }) => {
      const found = await client.call('pages.comparison', { id })
      const only = page === undefined ? null : (await pageNamed(client, page)).id
      for (const [at, one] of found.pages.entries()) {
        if (only !== null && one.pageId !== only) continue
        const { ways } = await client.call('pages.comparisonPage', { id, page: at })
        for (const [place, read] of ways.entries()) {
          if (read === null) continue
          const title = found.ways[place]?.title ?? ''
          const differences = read.parts.flatMap((part) => (part.kind === 'different' ? [part] : []))
          output.line({ page: one, way: title, error: read.error, parts: read.parts }, () =>
            [
              `== ${one.name}, ${title}: ${read.error ?? `${differences.length} differences`}`,
              ...differences.map(({ truth, read: its }) => `   [${truth.trim()}] read as [${its.trim()}]`),
            ].join('\n'),
          )
        }
      }
    },
  )
}

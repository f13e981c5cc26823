import { type Command, Option } from 'commander'
import type { CellValue } from '../../contract/index.ts'
import { metricText } from './metrics.ts'
import { table } from './output.ts'
import { integer, verb } from './verb.ts'

interface SearchOptions {
  orderBy: string[]
  columns: string[]
  experiment?: string[]
  lifecycle: 'active' | 'deleted' | 'all'
  limit: number
  pageToken?: string
}

const cellText = (cell: CellValue): string => (typeof cell === 'number' ? metricText(cell) : (cell ?? ''))

export function addSearchVerb(runs: Command): void {
  verb(
    runs
      .command('search')
      .description('find runs: glyphlab runs search "metrics.loss < 0.5 AND params.optimizer = \'adam\'"')
      .argument(
        '[expression]',
        'AND, OR, NOT, = != < <= > >= LIKE ILIKE IN, IS NULL; words are looked for',
        '',
      )
      .option('--order-by <field...>', 'fields, each with ASC or DESC: "metrics.loss ASC"', [])
      .option(
        '--columns <field...>',
        'what to show: metrics.loss, "min(metrics.loss)", params.lr, duration',
        [],
      )
      .option('--experiment <name...>', 'only in these experiments')
      .addOption(
        new Option('--lifecycle <state>', 'which runs')
          .choices(['active', 'deleted', 'all'])
          .default('active'),
      )
      .option('--limit <n>', 'how many', integer, 200)
      .option('--page-token <token>', 'goes on where a page ended'),
    async (client, output, filter: string, options: SearchOptions) => {
      const { orderBy, columns, lifecycle, limit } = options
      const found = await client.call('runs.search', {
        filter,
        orderBy,
        columns,
        lifecycle,
        limit,
        ...(options.experiment ? { experiments: options.experiment } : {}),
        ...(options.pageToken === undefined ? {} : { pageToken: options.pageToken }),
      })
      if (output.json) {
        for (const { values, ...run } of found.runs)
          output.line(
            { ...run, values: Object.fromEntries(columns.map((column, index) => [column, values[index]])) },
            () => '',
          )
        if (found.nextPageToken !== null) output.line({ nextPageToken: found.nextPageToken }, () => '')
        return
      }
      output.line(null, () =>
        [
          table([
            ['RUN', 'NAME', 'EXPERIMENT', 'STATUS', ...columns],
            ...found.runs.map(({ id, name, experiment, status, values }) => [
              id.slice(0, 12),
              name,
              experiment,
              status,
              ...values.map(cellText),
            ]),
          ]),
          `${found.runs.length} of ${found.total}`,
        ].join('\n'),
      )
    },
  )
}

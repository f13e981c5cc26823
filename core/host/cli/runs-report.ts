import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type Command, Option } from 'commander'
import { GlyphlabError, type ProcedureInput } from '../../contract/index.ts'
import { metricText } from './metrics.ts'
import { table } from './output.ts'
import { decimal, verb } from './verb.ts'

interface ReportArguments {
  out: string
  title: string
  metrics?: string[]
  by: 'step' | 'time'
  log?: boolean
  smoothing: number
}

export function addReportVerb(runs: Command): void {
  verb(
    runs
      .command('report')
      .description('write runs as one HTML file that opens offline: curves, values, params')
      .argument('<run...>', 'ids, or how they begin')
      .requiredOption('--out <file>', 'a new file, e.g. report.html')
      .option('--title <title>', 'its heading', 'Runs')
      .option('--metrics <key...>', 'which metrics; left out: all')
      .addOption(new Option('--by <axis>', 'the horizontal axis').choices(['step', 'time']).default('step'))
      .option('--log', 'vertical axes are logarithmic')
      .option('--smoothing <weight>', 'of a moving average, 0 to 0.999', decimal, 0),
    async (client, output, runIds: string[], options: ReportArguments) => {
      const { title, metrics, by, log, smoothing } = options
      const file = path.resolve(options.out)
      const report = await client.call('runs.report', {
        runIds,
        title,
        by,
        smoothing,
        logarithmic: log ?? false,
        ...(metrics ? { metrics } : {}),
      })
      try {
        await writeFile(file, report.html, { flag: 'wx' })
      } catch (cause) {
        const { code, message } = cause as NodeJS.ErrnoException
        throw new GlyphlabError(
          code === 'EEXIST' ? 'CONFLICT' : 'INVALID_INPUT',
          code === 'EEXIST'
            ? `${file} is there already. Give another name to --out, or remove it.`
            : `${file} can not be written (${message}). Give another place to --out.`,
          undefined,
          { cause },
        )
      }
      const bytes = Buffer.byteLength(report.html)
      output.line(
        { file, bytes, runs: report.runs, metrics: report.metrics },
        () => `${file}: ${report.runs} runs, ${report.metrics.length} metrics, ${bytes} bytes`,
      )
    },
  )
}

type StatisticsArguments = Pick<ProcedureInput<'runs.statistics'>, 'groupBy' | 'pairBy' | 'value'> & {
  metric: string
  lowerIsBetter?: boolean
}

export function addStatisticsVerb(runs: Command): void {
  verb(
    runs
      .command('statistics')
      .description('groups of runs: mean, deviation and best, and paired tests over equal seeds')
      .argument('<run...>', 'ids, or how they begin')
      .requiredOption('--metric <key>', 'what is compared')
      .requiredOption('--group-by <field>', 'params.NAME or tags.NAME')
      .option('--pair-by <field>', 'what two runs of a pair have in common', 'params.seed')
      .addOption(
        new Option('--value <which>', 'of the metric').choices(['last', 'min', 'max']).default('last'),
      )
      .option('--lower-is-better', 'the best run has the smallest value'),
    async (client, output, runIds: string[], options: StatisticsArguments) => {
      const { lowerIsBetter = false, ...question } = options
      const found = await client.call('runs.statistics', { runIds, lowerIsBetter, ...question })
      output.line(found, () =>
        [
          table([
            ['GROUP', 'RUNS', 'MEAN', 'DEVIATION', 'BEST', 'BEST RUN'],
            ...found.groups.map((group) => [
              group.name,
              String(group.count),
              metricText(group.mean),
              metricText(group.deviation),
              metricText(group.best),
              group.bestRunId?.slice(0, 12) ?? '',
            ]),
          ]),
          '',
          table([
            ['TEST', 'PAIRS', 'DIFFERENCE', 'P', 'P (HOLM)'],
            ...found.tests.map((test) => [
              `${test.first} - ${test.second}`,
              String(test.pairs),
              metricText(test.difference),
              test.p.toPrecision(3),
              test.adjusted.toPrecision(3),
            ]),
          ]),
          `${found.unpaired} runs are in no pair`,
        ].join('\n'),
      )
    },
  )
}

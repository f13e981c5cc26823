import type { Command } from 'commander'
import type { Run } from '../../contract/index.ts'
import { metricText, shownMetrics } from './metrics.ts'
import { table } from './output.ts'
import { addAlertVerbs } from './runs-alerts.ts'
import { addBatchVerb } from './runs-batch.ts'
import { addConsoleVerb } from './runs-console.ts'
import { addEvaluationVerb } from './runs-evaluation.ts'
import { addRunExportVerb, addRunImportVerb } from './runs-import.ts'
import { addLifecycleVerbs } from './runs-lifecycle.ts'
import { addMonitorVerb } from './runs-monitor.ts'
import { addReportVerb, addStatisticsVerb } from './runs-report.ts'
import { addReproduceVerb } from './runs-reproduce.ts'
import { addSearchVerb } from './runs-search.ts'
import { addRunSyncVerbs } from './runs-sync.ts'
import { addRunWatchVerbs } from './runs-watch.ts'
import { integer, verb } from './verb.ts'

export function addRunVerbs(program: Command): void {
  const runs = program.command('runs').description('look at runs')
  addReproduceVerb(runs)
  addBatchVerb(runs)
  addConsoleVerb(runs)
  addEvaluationVerb(runs)
  addSearchVerb(runs)
  addLifecycleVerbs(runs)
  addRunImportVerb(runs)
  addRunExportVerb(runs)
  addReportVerb(runs)
  addStatisticsVerb(runs)
  addRunWatchVerbs(runs)
  addRunSyncVerbs(runs)
  addMonitorVerb(runs)
  addAlertVerbs(runs)
  verb(
    runs
      .command('list')
      .description('the runs, newest first')
      .option('--limit <n>', 'how many', integer, 200),
    async (client, output, { limit }: { limit: number }) => {
      const { items } = await client.call('runs.list', { limit })
      if (output.json) for (const run of items) output.line(run, () => '')
      else
        output.line(null, () =>
          table([
            ['RUN', 'NAME', 'STATUS', 'TEST ACCURACY'],
            ...items.map((run) => [
              run.id.slice(0, 12),
              run.name,
              run.status,
              metricText(run.metrics['test_accuracy']?.value),
            ]),
          ]),
        )
    },
  )
  verb(
    runs.command('show').description('one run').argument('<run>', 'its id, or how it begins'),
    async (client, output, runId: string) => {
      const run = await client.call('runs.get', { runId })
      output.line(run, () => {
        const pairs = (entries: Record<string, string>) => table(Object.entries(entries))
        return [
          `${run.name} (${run.id}) ${run.status}`,
          '',
          pairs(run.params),
          '',
          table(Object.entries(run.metrics).map(([key, metric]) => [key, metricText(metric.value)])),
          '',
          pairs(run.tags),
        ].join('\n')
      })
    },
  )
  verb(
    runs
      .command('compare')
      .description('what differs between runs')
      .argument('<run...>', 'ids, or how they begin'),
    async (client, output, ids: string[]) => {
      const all = await Promise.all(ids.map((runId) => client.call('runs.get', { runId })))
      const differing = (read: (run: Run) => Record<string, string | number>) =>
        Object.fromEntries(
          [...new Set(all.flatMap((run) => Object.keys(read(run))))]
            .sort()
            .map((key): [string, (string | number | null)[]] => [
              key,
              all.map((run) => read(run)[key] ?? null),
            ])
            .filter(([, values]) => new Set(values).size > 1 || all.length === 1),
        )
      const comparison = {
        runs: all.map(({ id, name, status }) => ({ id, name, status })),
        params: differing(({ params }) => params),
        metrics: differing(shownMetrics),
      }
      output.line(comparison, () =>
        table([
          ['', ...all.map(({ name }) => name)],
          ...Object.entries({ ...comparison.params, ...comparison.metrics }).map(([key, values]) => [
            key,
            ...values.map((value) => (typeof value === 'number' ? metricText(value) : (value ?? ''))),
          ]),
        ]),
      )
    },
  )
}

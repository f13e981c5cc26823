import path from 'node:path'
import type { Command } from 'commander'
import { importedLog, type ServedCounts, type ServedSummary } from '../../contract/index.ts'
import { followJob, table } from './output.ts'
import { decimal, integer, verb } from './verb.ts'

const ms = (value: number | null): string => (value === null ? '' : `${value.toFixed(1)} ms`)
const percent = (part: number, of: number): string => (of === 0 ? '' : `${((100 * part) / of).toFixed(2)} %`)

function summaryText({ name, versions, drift, labels, metrics, ...total }: ServedSummary): string {
  const row = (title: string, counts: ServedCounts) => [
    title,
    String(counts.predictions),
    percent(counts.failures, counts.predictions),
    ms(counts.p50Ms),
    ms(counts.p95Ms),
  ]
  return [
    table([
      [name.toUpperCase(), 'PREDICTIONS', 'FAILED', 'P50', 'P95'],
      ...versions.map((one) => row(`version ${one.version}`, one)),
      row('all', total),
    ]),
    ...(labels.length > 0
      ? ['', table([['LABEL', 'COUNT'], ...labels.map((one) => [one.label, String(one.count)])])]
      : []),
    ...(drift.length > 0
      ? [
          '',
          table([
            ['DRIFT FROM TRAINING', 'VERSION', 'PSI'],
            ...drift.map((one) => [one.statistic, one.version, one.psi.toFixed(3)]),
          ]),
        ]
      : []),
    ...(metrics
      ? [
          '',
          table([
            ['FROM ITS METRICS', 'PREDICTIONS', 'FAILED', 'P50', 'P95'],
            ...metrics.versions.map((one) => row(`version ${one.version}`, one)),
            row(`all, ${metrics.readings} readings`, metrics),
          ]),
          ...metrics.drift.map(
            (one) =>
              `drift of ${one.statistic}, version ${one.version}: ${one.psi.toFixed(3)}, at most ${one.most.toFixed(3)}`,
          ),
        ]
      : []),
  ].join('\n')
}

/** `deploy import-log`, `log` and `log-dataset`: what a service did, brought home. */
export function addLogVerbs(deploy: Command): void {
  verb(
    deploy
      .command('import-log')
      .description("bring a service's prediction log and metrics home; it may be done again and again")
      .argument(
        '<path>',
        'a *.jsonl file, a saved /metrics, an answer of Prometheus to query_range, or a folder of them',
      )
      .requiredOption('--name <name>', 'what the service is called here'),
    async (client, output, given: string, { name }: { name: string }) => {
      const { jobId } = await client.call('deploy.importLog', {
        source: { kind: 'path', path: path.resolve(given) },
        name,
      })
      const imported = importedLog.parse((await followJob(client, jobId, output)).result)
      output.line(imported, () =>
        [
          `${imported.added} predictions and ${imported.inputs} pictures added; ${imported.known} were here already.`,
          ...(imported.readings > 0 ? [`${imported.readings} values of metrics added.`] : []),
          ...imported.broken.map(({ file, line, reason }) => `${file}:${line}: ${reason}`),
          ...(imported.brokenCount > imported.broken.length
            ? [`${imported.brokenCount} lines in all could not be taken.`]
            : []),
        ].join('\n'),
      )
    },
  )
  verb(
    deploy
      .command('log')
      .description('what an imported log says: traffic, latency, confidence, drift; without a name, the list')
      .argument('[name]', 'as it was imported')
      .option('--version-of <version>', 'of one version alone'),
    async (client, output, name: string | undefined, { versionOf }: { versionOf?: string }) => {
      if (name === undefined) {
        for (const one of await client.call('deploy.logs', {}))
          output.line(one, () => `${one.name}: ${one.predictions} predictions, ${one.inputs} pictures`)
        return
      }
      const only = versionOf === undefined ? {} : { version: versionOf }
      const summary = await client.call('deploy.log', { name, ...only })
      output.line(summary, () => summaryText(summary))
    },
  )
  verb(
    deploy
      .command('log-dataset')
      .description('make a dataset version of the pictures that a service was unsure of')
      .argument('<name>', 'as the log was imported')
      .requiredOption('--dataset <dataset>', 'its name')
      .option('--below <confidence>', 'answers less sure than this', decimal, 0.8)
      .option('--limit <number>', 'at most so many', integer, 10_000)
      .option('--unlabelled', 'leave out the predicted labels')
      .option('--merge', 'add them to the newest version of the dataset'),
    async (
      client,
      output,
      name: string,
      options: { dataset: string; below: number; limit: number; unlabelled?: boolean; merge?: boolean },
    ) => {
      const { dataset, below, limit, unlabelled = false, merge = false } = options
      const labels = unlabelled ? 'none' : 'predicted'
      const { jobId } = await client.call('deploy.logDataset', { name, dataset, below, limit, labels, merge })
      const { result } = await followJob(client, jobId, output)
      output.line(result, () => `${result?.['imported']} pictures are in the dataset ${dataset}.`)
    },
  )
}

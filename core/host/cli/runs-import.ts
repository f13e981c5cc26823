import path from 'node:path'
import type { Command } from 'commander'
import { runExportReport, runImportReport } from '../../contract/index.ts'
import { followJob } from './output.ts'
import { pathSource, verb } from './verb.ts'

interface ImportArguments {
  kind?: string
  experiment?: string
  inspect?: boolean
}

export function addRunImportVerb(runs: Command): void {
  verb(
    runs
      .command('import')
      .description('open runs that other programs logged; what is here already is not added again')
      .argument('<path>', 'a folder or file; nothing is written to it')
      .option('--kind <kind>', 'what it is; left out: it is recognised')
      .option('--experiment <name>', 'put the runs into this experiment')
      .option('--inspect', 'only say what would be opened'),
    async (client, output, path: string, { kind, experiment, inspect }: ImportArguments) => {
      const request = {
        source: pathSource(path),
        ...(kind === undefined ? {} : { kind }),
        ...(experiment === undefined ? {} : { experiment }),
      }
      if (inspect) {
        const found = await client.call('runs.inspectImport', request)
        output.line(found, () =>
          [
            `${found.title} (${found.kind}): ${found.runs} runs, ${found.known} of them here already; experiments ${found.experiments.join(', ')}`,
            ...found.names.map((name) => `  ${name}`),
            ...found.broken.map(({ part, reason }) => `broken   ${part}: ${reason}`),
            ...found.notes.map((note) => `note     ${note}`),
          ].join('\n'),
        )
        return
      }
      const { jobId } = await client.call('runs.import', request)
      const report = runImportReport.parse((await followJob(client, jobId, output)).result)
      output.line(report, () =>
        [
          `${report.title} (${report.kind}): ${report.runs} runs read, ${report.added} of them new; ${report.points} points, ${report.files} files`,
          ...report.broken.map(
            ({ run, part, reason }) =>
              `broken   ${[run, part].filter((text) => text !== '').join(' · ')}: ${reason}`,
          ),
          ...report.notes.map((note) => `note     ${note}`),
        ].join('\n'),
      )
    },
  )
}

export function addRunExportVerb(runs: Command): void {
  verb(
    runs
      .command('export')
      .description('write runs for other programs, or send them to an MLflow server')
      .argument('<run...>', 'ids, or how they begin')
      .requiredOption('--as <format>', 'mlruns, tensorboard, csv, json or mlflow-server')
      .requiredOption('--out <place>', "a folder that is new or empty, or the server's address"),
    async (client, output, runIds: string[], options: { as: string; out: string }) => {
      const formats = await client.call('runs.exportFormats', {})
      const isServer = formats.some(({ id, target }) => id === options.as && target === 'server')
      const target = isServer ? options.out : path.resolve(options.out)
      const { jobId } = await client.call('runs.export', { runIds, format: options.as, target })
      const report = runExportReport.parse((await followJob(client, jobId, output)).result)
      output.line(report, () =>
        [
          `${report.runs} runs, ${report.points} points and ${report.files} files written to ${report.target}`,
          ...report.warnings.map((warning) => `note     ${warning}`),
        ].join('\n'),
      )
    },
  )
}

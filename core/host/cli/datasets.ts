import type { Command } from 'commander'
import { followJob, table } from './output.ts'
import { integer, pathSource, verb } from './verb.ts'
import { findVersion, referenceHelp } from './version-reference.ts'

/** Adds the noun `datasets`, and returns it for the verbs that have files of their own. */
export function addDatasetVerbs(program: Command): Command {
  const datasets = program.command('datasets').description('import and look at datasets')
  verb(
    datasets
      .command('import')
      .description('import a folder with a folder for each class, or IDX files')
      .argument('<path>')
      .requiredOption('--name <name>', 'the dataset; a known name gets a new version')
      .option('--seed <seed>', 'seed of the split', integer, 42),
    async (client, output, source: string, { name, seed }: { name: string; seed: number }) => {
      const { jobId } = await client.call('datasets.import', { source: pathSource(source), name, seed })
      const job = await followJob(client, jobId, output)
      const version = await client.call('datasets.version', {
        versionId: String(job.result?.['datasetVersionId']),
      })
      output.line(version, () => {
        const { report } = version
        return [
          `${version.datasetName} v${version.number}: ${version.sampleCount} pictures, ${version.labels.length} classes, digest ${version.digest}`,
          ...report.refused.map(({ path: file, reason }) => `refused  ${file}: ${reason}`),
          ...report.warnings.map((warning) => `note     ${warning}`),
          `${report.refused.length} of ${report.scanned} files refused, ${report.ignored.length} ignored, ${report.duplicates.length} duplicates; ${(report.durationMs / 1000).toFixed(1)} s`,
        ].join('\n')
      })
    },
  )
  verb(datasets.command('list').description('the datasets'), async (client, output) => {
    const all = await client.call('datasets.list', {})
    if (!output.json)
      output.line(null, () =>
        table([
          ['NAME', 'VERSION', 'PICTURES', 'CLASSES', 'DIGEST'],
          ...all.map(({ name, latest }) => [
            name,
            String(latest?.number),
            String(latest?.sampleCount),
            String(latest?.labelCount),
            latest?.digest.slice(0, 12) ?? '',
          ]),
        ]),
      )
    else for (const dataset of all) output.line(dataset, () => '')
  })
  verb(
    datasets.command('show').description('a version of a dataset').argument('<version>', referenceHelp),
    async (client, output, reference: string) => {
      const version = await findVersion(client, reference)
      output.line(version, () =>
        [
          `${version.datasetName} v${version.number}: ${version.sampleCount} pictures, digest ${version.digest}`,
          table([
            ['CLASS', 'TRAIN', 'VALIDATION', 'TEST'],
            ...version.labels.map(({ label, counts }) => [
              label,
              String(counts.train),
              String(counts.validation),
              String(counts.test),
            ]),
          ]),
          ...version.report.refused.map(({ path: file, reason }) => `refused  ${file}: ${reason}`),
          ...version.report.warnings.map((warning) => `note     ${warning}`),
        ].join('\n'),
      )
    },
  )
  return datasets
}

import path from 'node:path'
import type { Command } from 'commander'
import { type DatasetVersion, GlyphlabError } from '../../contract/index.ts'
import type { EngineClient } from '../engine-client.ts'
import { followJob } from './output.ts'
import { integer, verb } from './verb.ts'

interface ExportFlags {
  as: string
  out: string
  number?: number
  option: Record<string, string>
}

function addOption(text: string, options: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=')
  return { ...options, [at < 0 ? text : text.slice(0, at)]: at < 0 ? 'yes' : text.slice(at + 1) }
}

async function numbered(client: EngineClient, datasetId: string, number: number): Promise<DatasetVersion> {
  const versions = await client.call('datasets.versions', { datasetId })
  const found = versions.find((version) => version.number === number)
  if (found) return found
  throw new GlyphlabError(
    'NOT_FOUND',
    `There is no version ${number}. There are: ${versions.map((version) => version.number).join(', ')}.`,
  )
}

/** Adds `export` to the noun `datasets`. */
export function addDatasetExportVerb(datasets: Command): void {
  verb(
    datasets
      .command('export')
      .description("write a version in another program's format")
      .argument('<name>', 'the dataset')
      .requiredOption('--as <format>', 'class-folders, table, coco, yolo, voc, text-lines or page-xml')
      .requiredOption('--out <folder>', 'a new or empty folder')
      .option('--number <number>', 'number of the version (default: the newest)', integer)
      .option('--option <key=value>', "the format's own option, such as subsets=yes", addOption, {}),
    async (client, output, name: string, flags: ExportFlags) => {
      const newest = await client.call('datasets.version', { name })
      const version =
        flags.number === undefined ? newest : await numbered(client, newest.datasetId, flags.number)
      const { jobId } = await client.call('datasets.export', {
        versionId: version.id,
        exporter: flags.as,
        directory: path.resolve(flags.out),
        options: flags.option,
      })
      const { result } = await followJob(client, jobId, output)
      output.line(result, () =>
        [
          ...((result?.['warnings'] ?? []) as string[]).map((warning) => `note     ${warning}`),
          `${result?.['pictures']} pictures of ${version.datasetName} v${version.number} written to ${result?.['directory']}.`,
        ].join('\n'),
      )
    },
  )
}

import path from 'node:path'
import type { Command } from 'commander'
import { followJob } from './output.ts'
import { verb } from './verb.ts'

interface ExportFlags {
  as: string
  out: string
  gitLfs?: boolean
  option: Record<string, string>
}

function addOption(text: string, options: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=')
  return { ...options, [at < 0 ? text : text.slice(0, at)]: at < 0 ? 'yes' : text.slice(at + 1) }
}

/** Adds `export` to the noun `datasets`. */
export function addDatasetExportVerb(datasets: Command): void {
  verb(
    datasets
      .command('export')
      .description("write a version in another program's format")
      .argument('<version>', 'name (its newest version), or name@3')
      .requiredOption('--as <format>', 'class-folders, table, coco, yolo, voc, text-lines, page-xml or dvc')
      .requiredOption('--out <folder>', 'a new or empty folder')
      .option('--git-lfs', 'write .gitattributes that give the pictures to Git LFS')
      .option('--option <key=value>', "the format's own option, such as subsets=yes", addOption, {}),
    async (client, output, name: string, flags: ExportFlags) => {
      const version = await client.call('datasets.version', { name })
      const { jobId } = await client.call('datasets.export', {
        versionId: version.id,
        exporter: flags.as,
        directory: path.resolve(flags.out),
        options: flags.option,
        gitLfs: flags.gitLfs ?? false,
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

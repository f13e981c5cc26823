import type { Command } from 'commander'
import { GlyphlabError } from '../../contract/index.ts'
import { followJob, table } from './output.ts'
import { verb } from './verb.ts'
import { findVersion, referenceHelp } from './version-reference.ts'

const pageSize = 1_000

interface DraftOptions {
  save?: boolean
  note?: string
  discard?: boolean
}

/** `datasets draft`: the unsaved edits of a version; saves them as a new version, or throws them away. */
export function addDatasetDraftVerb(datasets: Command): void {
  verb(
    datasets
      .command('draft')
      .description('the unsaved edits of a version')
      .argument('<version>', referenceHelp)
      .option('--save', 'make a new version of them')
      .option('--note <text>', 'with --save: kept with the version')
      .option('--discard', 'throw them away'),
    async (client, output, reference: string, { save, note, discard }: DraftOptions) => {
      if (save && discard) throw new GlyphlabError('INVALID_INPUT', 'Choose one of --save and --discard.')
      const { id: versionId } = await findVersion(client, reference)
      if (discard) {
        const result = await client.call('datasets.discardDraft', { versionId })
        output.line(result, () => `${result.discarded} edits discarded`)
      } else if (save) {
        const { jobId } = await client.call('datasets.saveDraft', {
          versionId,
          ...(note === undefined ? {} : { note }),
        })
        const job = await followJob(client, jobId, output)
        const made = await client.call('datasets.version', {
          versionId: String(job.result?.['datasetVersionId']),
        })
        output.line(
          made,
          () => `${made.datasetName} v${made.number}: ${made.sampleCount} pictures, digest ${made.digest}`,
        )
      } else {
        const page = await client.call('datasets.draft', { versionId, limit: pageSize })
        output.line(page, () =>
          page.total === 0
            ? 'no unsaved edits'
            : [
                `${page.count} unsaved edits, newest first`,
                table(
                  page.edits.map(({ at, words, undone }) => [
                    new Date(at).toISOString().slice(0, 19),
                    words,
                    undone ? 'undone' : '',
                  ]),
                ),
                ...(page.total > page.edits.length
                  ? [`and ${page.total - page.edits.length} older ones`]
                  : []),
              ].join('\n'),
        )
      }
    },
  )
}

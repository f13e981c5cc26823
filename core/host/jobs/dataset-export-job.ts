import { z } from 'zod'
import { removeAbandoned } from '../../blobs/new-folder.ts'
import type { ExportInput, ExportMessage, ExportResult } from '../../datasets/export-messages.ts'
import type { JobHandler } from '../../jobs/job-queue.ts'
import { runWorker } from '../../jobs/worker-process.ts'
import { workerFiles } from '../resources.ts'
import type { Services } from '../services.ts'

const exportJobInput = z.object({
  versionId: z.string(),
  exporter: z.string(),
  directory: z.string(),
  options: z.record(z.string(), z.unknown()),
  gitLfs: z.boolean().default(false),
})

/** What the worker is given at once. */
const samplesAtOnce = 2_000

/** Writes a version in another program's format, in a worker; recorded in the audit log. */
export function datasetExportJob(services: () => Services): JobHandler {
  return {
    kind: 'dataset-export',
    atOnce: 1,
    async run({ input, signal, progress, log }) {
      const { audit, datasets, store } = services()
      const { versionId, exporter, directory, options, gitLfs } = exportJobInput.parse(input)
      const { datasetName: name, number, digest, split, table } = datasets.version(versionId)
      let sent = 0
      try {
        const result = await runWorker<ExportInput, ExportResult, ExportMessage>({
          workerFile: workerFiles.export,
          input: {
            exporter,
            directory,
            options,
            gitLfs,
            version: {
              name,
              number,
              digest,
              splitKind: split.kind,
              table: table && {
                target: table.target,
                columns: datasets
                  .columns(versionId)
                  .map((column) => ({ name: column.name, kind: column.kind })),
              },
            },
          },
          signal,
          onLog: log,
          onMessage: (message, reply) => {
            if (message.type === 'progress') progress(message.progress)
            else if (message.type === 'more') {
              const samples = datasets.annotatedSamples(versionId, sent, samplesAtOnce)
              sent += samples.length
              reply({ type: 'samples', samples })
            }
          },
        })
        for (const warning of result.warnings) log(warning)
        store.transaction(() =>
          audit.append('dataset.exported', `${name} v${number}`, { exporter, directory, digest }),
        )()
        return { ...result, datasetVersionId: versionId, digest }
      } catch (cause) {
        await removeAbandoned(directory)
        throw cause
      }
    },
  }
}

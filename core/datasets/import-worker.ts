import type { BlobLocation } from '../blobs/blob-files.ts'
import { GlyphlabError, type ImportInspection, type JobProgress } from '../contract/index.ts'
import { storageError } from '../domain/disk-full.ts'

import { importDataset } from './import-dataset.ts'
import type { ImportCommand, ImportMessage, ImportResult, ImportTask } from './import-messages.ts'
import { inspectSource } from './inspect-source.ts'

/** Entry of the import process: a damaged picture that crashes a decoder takes only this process along. */
const send = (message: ImportMessage): void => {
  process.send?.(message)
}

let cancelled = false
let looking = false
/** A look has nothing to put away, besides what it may be unpacking. */
const endLookMs = 300
let answerLookup: (hashes: Set<string>) => void = () => {}
let answerLocate: (locations: BlobLocation[]) => void = () => {}

function carryOut({ task, input }: ImportTask): Promise<ImportResult | ImportInspection> {
  const progress = (value: JobProgress) => send({ type: 'progress', progress: value })
  looking = task === 'inspect'
  if (task === 'inspect') return inspectSource(input, { progress, cancelled: () => cancelled })
  return importDataset(input, {
    progress,
    lookup: (hashes) =>
      new Promise((resolve) => {
        answerLookup = resolve
        send({ type: 'lookup', hashes })
      }),
    locate: (hashes) =>
      new Promise((resolve) => {
        answerLocate = resolve
        send({ type: 'locate', hashes })
      }),
    blobs: (blobs) => send({ type: 'blobs', blobs }),
    version: (importer) => send({ type: 'version', importer }),
    samples: (samples) =>
      new Promise((resolve) => {
        process.send?.({ type: 'samples', samples } satisfies ImportMessage, () => resolve())
      }),
    cancelled: () => cancelled,
  })
}

process.on('disconnect', () => process.exit(1))
process.on('message', (command: ImportCommand) => {
  switch (command.type) {
    case 'known':
      answerLookup(new Set(command.hashes))
      return
    case 'located':
      answerLocate(command.locations)
      return
    case 'stop':
    case 'cancel':
      cancelled = true
      if (looking) setTimeout(() => process.exit(1), endLookMs)
      return
    case 'start':
      carryOut(command.input)
        .then((result) => send({ type: 'result', result }))
        .catch((cause: unknown) => {
          const known = storageError(cause)
          send({
            type: 'failure',
            error:
              known instanceof GlyphlabError
                ? known.toBody()
                : {
                    code: 'INTERNAL',
                    message: `The import failed: ${cause instanceof Error ? cause.message : cause}`,
                  },
          })
        })
  }
})

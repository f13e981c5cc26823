import { GlyphlabError } from '../contract/index.ts'
import { storageError } from '../domain/disk-full.ts'
import { importDataset } from './import-dataset.ts'
import type { ImportCommand, ImportMessage } from './import-messages.ts'

/** Entry of the import process: a damaged picture that crashes a decoder takes only this process along. */
const send = (message: ImportMessage): void => {
  process.send?.(message)
}

let cancelled = false
let answerLookup: (hashes: Set<string>) => void = () => {}

process.on('disconnect', () => process.exit(1))
process.on('message', (command: ImportCommand) => {
  switch (command.type) {
    case 'known':
      answerLookup(new Set(command.hashes))
      return
    case 'stop':
    case 'cancel':
      cancelled = true
      return
    case 'start':
      importDataset(command.input, {
        progress: (progress) => send({ type: 'progress', progress }),
        lookup: (hashes) =>
          new Promise((resolve) => {
            answerLookup = resolve
            send({ type: 'lookup', hashes })
          }),
        blobs: (blobs) => send({ type: 'blobs', blobs }),
        samples: (samples) => send({ type: 'samples', samples }),
        cancelled: () => cancelled,
      })
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

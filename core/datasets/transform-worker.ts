import { GlyphlabError } from '../contract/index.ts'
import { storageError } from '../domain/disk-full.ts'
import { transformDataset } from './transform-dataset.ts'
import type { TransformCommand, TransformMessage } from './transform-messages.ts'

/** Entry of the process that makes versions from others: drawing pictures stalls nothing else. */
const send = (message: TransformMessage): void => {
  process.send?.(message)
}

let cancelled = false

process.on('disconnect', () => process.exit(1))
process.on('message', (command: TransformCommand) => {
  if (command.type !== 'start') {
    cancelled = true
    return
  }
  transformDataset(command.input, {
    progress: (progress) => send({ type: 'progress', progress }),
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
            : { code: 'INTERNAL', message: `It failed: ${cause instanceof Error ? cause.message : cause}` },
      })
    })
})

import { BlobFiles } from '../../blobs/blob-files.ts'
import { GlyphlabError } from '../../contract/index.ts'
import { storageError } from '../../domain/disk-full.ts'
import type { RunImportCommand, RunImportMessage, RunImportResult, RunImportTask } from './import-messages.ts'
import { importRuns, inspectRuns } from './import-runs.ts'
import { rehearse } from './rehearsal.ts'

/** Entry of the process that reads other programs' runs: large files are never in the engine. */
const send = (message: RunImportMessage): Promise<void> =>
  new Promise((resolve) => {
    if (process.send) process.send(message, () => resolve())
    else resolve()
  })

let cancelled = false
let answerLookup: (hashes: Set<string>) => void = () => {}

function carryOut({ task, input }: RunImportTask): Promise<RunImportResult> {
  if (task === 'inspect') return inspectRuns(input)
  return importRuns(input, new BlobFiles(input.home, input.writer), {
    progress: (progress) => void send({ type: 'progress', progress }),
    lookup: (hashes) =>
      new Promise((resolve) => {
        answerLookup = resolve
        void send({ type: 'lookup', hashes })
      }),
    pieces: (pieces) => send({ type: 'pieces', pieces }),
    cancelled: () => cancelled,
  })
}

process.on('disconnect', () => process.exit(1))
process.on('message', (command: RunImportCommand) => {
  if (command.type === 'known') answerLookup(new Set(command.hashes))
  else if (command.type === 'prepare')
    rehearse().catch(() => {}) // It only saves time.
  else if (command.type !== 'start') cancelled = true
  else
    carryOut(command.input)
      .then((result) => send({ type: 'result', result }))
      .catch((cause: unknown) => {
        const known = storageError(cause)
        const error =
          known instanceof GlyphlabError
            ? known.toBody()
            : {
                code: 'INTERNAL' as const,
                message: `The runs can't be read: ${cause instanceof Error ? cause.message : cause}`,
              }
        void send({ type: 'failure', error })
      })
})

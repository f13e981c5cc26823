import { GlyphlabError } from '../../contract/index.ts'
import type { LogImportCommand, LogImportMessage } from './log-import-messages.ts'
import { readLog } from './read-log.ts'

/** Entry of the process that reads the prediction log of a service. */
const send = (message: LogImportMessage): void => {
  process.send?.(message)
}

let cancelled = false
let taken: (wanted: string[]) => void = () => {}

process.on('disconnect', () => process.exit(1))
process.on('message', (command: LogImportCommand) => {
  if (command.type === 'taken') taken(command.wanted)
  else if (command.type !== 'start') cancelled = true
  else {
    readLog(command.input, {
      hand: (message) =>
        new Promise((resolve) => {
          taken = resolve
          send(message)
        }),
      progress: (value, message) =>
        send({
          type: 'progress',
          progress: { value, message, rate: null, rateUnit: null, remainingMs: null },
        }),
      check: () => {
        if (cancelled) throw new GlyphlabError('CANCELLED', 'Cancelled. What was read so far is kept.')
      },
    }).then(
      (result) => send({ type: 'result', result }),
      (cause: unknown) => {
        const message = `The import failed: ${cause instanceof Error ? cause.message : cause}`
        const known = cause instanceof GlyphlabError
        send({ type: 'failure', error: known ? cause.toBody() : { code: 'INTERNAL', message } })
      },
    )
  }
})

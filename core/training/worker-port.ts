import { GlyphlabError } from '../contract/index.ts'
import { storageError } from '../domain/disk-full.ts'
import type { WorkerCommand, WorkerMessage } from '../domain/worker-message.ts'

/** A worker process's end of its channel to the process that started it. */
export interface WorkerPort<Result> {
  /** Resolves once the message has been handed over. */
  send(message: WorkerMessage<Result>): Promise<void>
}

export interface WorkerHandlers<Input> {
  start(input: Input): Promise<void>
  stop(): void
  cancel(): void
}

/**
 * Connects a child process to its parent: runs `start` once, ends the process after it, and ends it at once when the
 * parent goes away. The parent must fork with `serialization: 'advanced'`, so that NaN and the infinities survive.
 */
export function serveParent<Input, Result>(
  makeHandlers: (port: WorkerPort<Result>) => WorkerHandlers<Input>,
): void {
  const port: WorkerPort<Result> = {
    send: (message) =>
      new Promise((resolve) => {
        if (!process.connected) return resolve()
        process.send?.(message, undefined, undefined, () => resolve())
      }),
  }
  const handlers = makeHandlers(port)
  process.once('disconnect', () => process.exit(1))
  process.on('message', (command: WorkerCommand<Input>) => {
    if (command.type === 'stop') return handlers.stop()
    if (command.type === 'cancel') return handlers.cancel()
    handlers
      .start(command.input)
      .then(
        () => 0,
        async (cause: unknown) => {
          await port.send({ type: 'failure', error: errorBodyOf(cause) })
          return 1
        },
      )
      .then((code) => process.exit(code))
  })
}

function errorBodyOf(cause: unknown): ReturnType<GlyphlabError['toBody']> {
  if (!(cause instanceof GlyphlabError)) console.error(cause)
  const known = storageError(cause)
  if (known instanceof GlyphlabError) return known.toBody()
  const reason = cause instanceof Error ? cause.message : String(cause)
  return { code: 'INTERNAL', message: `The training process failed: ${reason}` }
}

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { GlyphlabError } from '../../core/contract/index.ts'
import type { TrainingRequest, TrainingResult } from '../../core/domain/training-request.ts'
import type { WorkerMessage } from '../../core/domain/worker-message.ts'

const workerFile = fileURLToPath(new URL('../../core/training/training-worker.ts', import.meta.url))

/**
 * Trains in the real worker process, telling on stderr how it goes.
 * @throws GlyphlabError as the worker reported it
 */
export async function trainInProcess(request: TrainingRequest): Promise<TrainingResult> {
  const child = fork(workerFile, [], { serialization: 'advanced' })
  let result: TrainingResult | undefined
  let failure: GlyphlabError | undefined
  let lastLine = 0
  child.on('message', (message: WorkerMessage<TrainingResult>) => {
    if (message.type === 'result') result = message.result
    if (message.type === 'failure') failure = GlyphlabError.fromBody(message.error)
    if (message.type === 'log') console.error(message.line)
    if (message.type === 'metrics') {
      const validation = message.points.find((point) => point.key === 'validation_accuracy')
      if (validation)
        console.error(`step ${validation.step}: validation accuracy ${validation.value.toFixed(4)}`)
    }
    if (message.type === 'progress' && Date.now() - lastLine > 10_000) {
      lastLine = Date.now()
      const { rate, rateUnit, remainingMs } = message.progress
      console.error(
        `${message.progress.message} (${rate?.toFixed(1)} ${rateUnit}/s, ${Math.round((remainingMs ?? 0) / 1000)} s left)`,
      )
    }
  })
  child.send({ type: 'start', input: request })
  await once(child, 'exit')
  if (failure) throw failure
  if (!result) throw new Error('the training process ended without a result')
  return result
}

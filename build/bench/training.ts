import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { BackendId } from '../../core/contract/index.ts'
import { backends } from '../../core/training/backends/index.ts'
import type { StepTimes, StepTimesReply } from './training-bench-worker.ts'

const workerFile = fileURLToPath(new URL('./training-bench-worker.ts', import.meta.url))

/** The machine may be noisy: backends take turns, and the medians of all rounds are compared. */
const rounds = 8
const stepsPerRound = 25

interface Contestant {
  id: BackendId
  ask(steps: number): Promise<StepTimes>
  stop(): void
}

/** Times a training step of the CNN (28x28x1, batch 64) and inference on 1 and 64 pictures on each backend. */
export async function trainingBench(): Promise<object> {
  const contestants: Contestant[] = []
  const missing: Record<string, string> = {}
  for (const { id } of backends) {
    const contestant = await startContestant(id)
    if (typeof contestant === 'string') missing[id] = contestant
    else contestants.push(contestant)
  }
  const times = new Map<BackendId, StepTimes[]>(contestants.map(({ id }) => [id, []]))
  for (let round = 0; round < rounds; round++) {
    for (const { id, ask } of contestants) times.get(id)?.push(await ask(stepsPerRound))
  }
  for (const contestant of contestants) contestant.stop()

  const figures = new Map(
    [...times].map(([id, all]) => [
      id,
      {
        msPerStep: medianOf(all, 'train'),
        inferenceMs1: medianOf(all, 'inference1'),
        inferenceMs64: medianOf(all, 'inference64'),
      },
    ]),
  )
  const reference = figures.get('tensorflow')
  return {
    model: 'cnn 28x28x1, batch 64',
    steps: rounds * stepsPerRound,
    backends: Object.fromEntries(
      [...figures].map(([id, figure]) => [
        id,
        { ...figure, ratioToTensorflow: reference ? rounded(figure.msPerStep / reference.msPerStep) : null },
      ]),
    ),
    missing,
  }
}

/** Returns why it is not available, where it is not. */
async function startContestant(id: BackendId): Promise<Contestant | string> {
  const child = fork(workerFile, [id], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const reply = async (): Promise<StepTimesReply> => {
    const outcome = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => null)])
    return outcome ? (outcome[0] as StepTimesReply) : { problem: 'its process ended' }
  }
  const ready = await reply()
  if ('problem' in ready) return ready.problem
  return {
    id,
    async ask(steps) {
      child.send(steps)
      const times = await reply()
      if ('problem' in times) throw new Error(`${id}: ${times.problem}`)
      return times
    },
    stop() {
      child.disconnect()
    },
  }
}

function medianOf(rounds: StepTimes[], key: keyof StepTimes): number {
  const sorted = rounds.flatMap((times) => times[key]).sort((a, b) => a - b)
  return rounded(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN)
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}

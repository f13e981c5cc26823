import { fork } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { BackendId } from '../../core/contract/index.ts'
import { backends } from '../../core/training/backends/index.ts'
import type { StepTimes, StepTimesReply } from './training-bench-worker.ts'
import { type PeerId, startPeer, type TrainingPeer } from './training-peers.ts'

const workerFile = fileURLToPath(new URL('./training-bench-worker.ts', import.meta.url))

/** The machine may be noisy: backends take turns, and the medians of all rounds are compared. */
const rounds = 8
const stepsPerRound = 25

interface Contestant {
  id: BackendId
  ask(steps: number): Promise<StepTimes>
  stop(): void
}

const batchSize = 64

/** Who is measured beside whom, and how much of the peer's speed is promised. */
const pairs: readonly { backend: BackendId; peer: PeerId; threads: number; target: number }[] = [
  { backend: 'tensorflow', peer: 'keras', threads: availableParallelism(), target: 1 },
  { backend: 'wasm', peer: 'pytorch', threads: 1, target: 0.5 },
]

interface PeerRounds {
  peer: TrainingPeer
  rounds: Record<string, number[]>[]
}

/**
 * Times a training step of the CNN (28x28x1, batch 64) on each backend and in Keras and PyTorch, and inference on 1 and
 * 64 pictures on each backend.
 */
export async function trainingBench(): Promise<object> {
  const contestants: Contestant[] = []
  const missing: Record<string, string> = {}
  for (const { id } of backends) {
    const contestant = await startContestant(id)
    if (typeof contestant === 'string') missing[id] = contestant
    else contestants.push(contestant)
  }
  const peers = new Map<(typeof pairs)[number], PeerRounds>()
  for (const pair of pairs) {
    const peer = await startPeer(pair.peer, pair.threads)
    if (typeof peer === 'string') missing[pair.peer] = peer
    else peers.set(pair, { peer, rounds: [] })
  }
  const times = new Map<BackendId, StepTimes[]>(contestants.map(({ id }) => [id, []]))
  for (let round = 0; round < rounds; round++) {
    for (const { id, ask } of contestants) times.get(id)?.push(await ask(stepsPerRound))
    for (const { peer, rounds: asked } of peers.values()) asked.push(await peer.ask(stepsPerRound))
  }
  for (const contestant of contestants) contestant.stop()
  for (const { peer } of peers.values()) peer.stop()

  const figures = new Map(
    [...times].map(([id, all]) => [
      id,
      {
        msPerStep: medianOf(all, 'train'),
        picturesPerSecond: perSecond(medianOf(all, 'train')),
        inferenceMs1: medianOf(all, 'inference1'),
        inferenceMs64: medianOf(all, 'inference64'),
      },
    ]),
  )
  const reference = figures.get('tensorflow')
  return {
    model: `cnn 28x28x1, batch ${batchSize}`,
    steps: rounds * stepsPerRound,
    backends: Object.fromEntries(
      [...figures].map(([id, figure]) => [
        id,
        { ...figure, ratioToTensorflow: reference ? rounded(figure.msPerStep / reference.msPerStep) : null },
      ]),
    ),
    beside: [...peers].map(([{ backend, threads, target }, { peer, rounds: asked }]) => {
      const peerFigures = Object.entries(asked[0] ?? {}).map(([way]) => ({
        way,
        msPerStep: median(asked.flatMap((round) => round[way] ?? [])),
      }))
      const fastest = peerFigures.toSorted((a, b) => a.msPerStep - b.msPerStep)[0]
      const ours = figures.get(backend)
      const ratio = fastest && ours ? rounded(fastest.msPerStep / ours.msPerStep) : null
      return {
        backend,
        peer: peer.framework,
        peerThreads: threads,
        ...fastest,
        picturesPerSecond: perSecond(fastest?.msPerStep ?? Number.NaN),
        speedOfPeer: ratio,
        target,
        reached: ratio === null ? null : ratio >= target,
      }
    }),
    missing,
  }
}

const perSecond = (msPerStep: number) => Math.round((1000 * batchSize) / msPerStep)

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
  return median(rounds.flatMap((times) => times[key]))
}

function median(values: number[]): number {
  return rounded(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN)
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}

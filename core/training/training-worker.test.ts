import { type ChildProcess, fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MetricPoint, type Subset, trainingOptions } from '../contract/index.ts'
import { createRandom } from '../domain/random.ts'
import type { TrainingRequest, TrainingResult, TrainingSamples } from '../domain/training-request.ts'
import type { WorkerCommand, WorkerMessage } from '../domain/worker-message.ts'
import { encodeGreyPng } from '../imaging/png.ts'

const workerFile = fileURLToPath(new URL('./training-worker.ts', import.meta.url))
const side = 12
const labels = ['bars', 'columns']

let work: string
let samplesFile: string

/** Noisy pictures of horizontal bars or of vertical columns, in one pack. */
async function writeSamples(file: string, subsetOf: (index: number) => Subset, count = 160): Promise<void> {
  const random = createRandom(1, 'pictures')
  const pictures = Array.from({ length: count }, (_, index) => {
    const pixels = new Uint8Array(side * side)
    for (let at = 0; at < pixels.length; at++) {
      const line = index % 2 === 0 ? Math.floor(at / side) : at % side
      pixels[at] = (line % 4 < 2 ? 150 : 40) + random.integer(60)
    }
    return encodeGreyPng(pixels, side, side)
  })
  const pack = `${file}.pack`
  await writeFile(pack, Buffer.concat(pictures))
  let offset = 0
  const list: TrainingSamples = {
    datasetDigest: createHash('sha256').update(file).digest('hex'),
    labels,
    samples: pictures.map((picture, index) => {
      offset += picture.length
      return {
        path: `${labels[index % 2]}/${index}.png`,
        location: { file: pack, offset: offset - picture.length, length: picture.length },
        label: index % 2,
        subset: subsetOf(index),
        width: side,
        height: side,
      }
    }),
  }
  await writeFile(file, JSON.stringify(list))
}

/** Lines of one to five strokes, each with as many letters. */
async function writeLines(file: string): Promise<void> {
  const height = 24
  const pack = `${file}.pack`
  const random = createRandom(2, 'lines')
  const pictures = Array.from({ length: 24 }, (_, index) => {
    const letters = 1 + (index % 5)
    const width = 20 + letters * 16
    const pixels = new Uint8Array(width * height).map(() => 200 + random.integer(55))
    for (let letter = 0; letter < letters; letter++)
      for (let y = 6; y < 18; y++) pixels.fill(20, y * width + 14 + letter * 16, y * width + 20 + letter * 16)
    return { bytes: encodeGreyPng(pixels, width, height), width, text: 'i'.repeat(letters) }
  })
  await writeFile(pack, Buffer.concat(pictures.map(({ bytes }) => bytes)))
  let offset = 0
  const list: TrainingSamples = {
    datasetDigest: createHash('sha256').update(file).digest('hex'),
    labels: [],
    samples: pictures.map(({ bytes, width, text }, index) => {
      offset += bytes.length
      return {
        path: `${index}.png`,
        location: { file: pack, offset: offset - bytes.length, length: bytes.length },
        label: -1,
        subset: index % 4 < 2 ? 'train' : index % 4 === 2 ? 'validation' : 'test',
        width,
        height,
        text,
      }
    }),
  }
  await writeFile(file, JSON.stringify(list))
}

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'glyphlab-training-'))
  samplesFile = join(work, 'samples.json')
  await writeSamples(samplesFile, (index) =>
    index % 8 < 4 ? 'train' : index % 8 < 6 ? 'validation' : 'test',
  )
})
afterAll(() => rm(work, { recursive: true, force: true }))

let runs = 0

function request(change: Partial<TrainingRequest> = {}, options: object = {}): TrainingRequest {
  return {
    runId: 'run',
    preset: 'cnn-small',
    options: trainingOptions.parse({ epochs: 3, batchSize: 16, ...options }),
    backend: 'wasm',
    samplesFile,
    workDirectory: join(work, `run-${runs++}`),
    checkpointEveryMs: 60_000,
    backendsDirectory: '',
    cacheDirectory: join(work, 'cache'),
    ...change,
  }
}

interface Outcome {
  messages: WorkerMessage<TrainingResult>[]
  result: TrainingResult | undefined
  points: (key: string) => MetricPoint[]
  params: Record<string, string>
  exitCode: number | null
}

/** Trains in a worker process; `watch` may send it commands. */
async function train(
  input: TrainingRequest,
  watch: (
    message: WorkerMessage<TrainingResult>,
    send: (command: WorkerCommand<never>) => void,
  ) => void = () => {},
): Promise<Outcome> {
  const child = fork(workerFile, [], { serialization: 'advanced' })
  const messages: WorkerMessage<TrainingResult>[] = []
  child.on('message', (message: WorkerMessage<TrainingResult>) => {
    messages.push(message)
    watch(message, (command) => child.connected && child.send(command))
  })
  child.send({ type: 'start', input } satisfies WorkerCommand<TrainingRequest>)
  const [exitCode] = (await once(child, 'exit')) as [number | null]
  return {
    messages,
    result: messages.find((message) => message.type === 'result')?.result,
    points: (key) =>
      messages.flatMap((message) =>
        message.type === 'metrics' ? message.points.filter((point) => point.key === key) : [],
      ),
    params: messages.find((message) => message.type === 'params')?.params ?? {},
    exitCode,
  }
}

function failureOf({ messages }: Outcome) {
  return messages.find((message) => message.type === 'failure')?.error
}

async function weightsDigest(outcome: Outcome): Promise<string> {
  const weights = await readFile(join(outcome.result?.modelDirectory ?? '', 'weights.bin'))
  return createHash('sha256').update(weights).digest('hex')
}

const losses = (points: MetricPoint[]) =>
  points.filter(({ key }) => key === 'train_loss').map(({ step, value }) => [step, value])

/** Trains, is killed at so many steps chosen anew each time, and is then let to its end. */
async function killedAndResumed(
  input: TrainingRequest,
  kills: number,
): Promise<{ last: Outcome; stored: MetricPoint[]; reached: number }> {
  const random = createRandom(Date.now(), 'kills')
  /** What the engine would have stored: what comes after a resumed training's first step replaces what was there. */
  let stored: MetricPoint[] = []
  const take = (messages: WorkerMessage<TrainingResult>[]) => {
    for (const message of messages) {
      if (message.type === 'resumed') stored = stored.filter(({ step }) => step <= message.step)
      if (message.type === 'metrics') stored.push(...message.points)
    }
  }
  let reached = 0
  for (let kill = 0; kill < kills; kill++) {
    const end = reached + 1 + random.integer(6)
    const child = fork(workerFile, [], { serialization: 'advanced' })
    const messages: WorkerMessage<TrainingResult>[] = []
    child.on('message', (message: WorkerMessage<TrainingResult>) => {
      messages.push(message)
      const steps = message.type === 'metrics' ? message.points.map(({ step }) => step) : []
      reached = Math.max(reached, ...steps)
      if (reached >= end) child.kill('SIGKILL')
    })
    child.send({ type: 'start', input })
    await once(child, 'exit')
    take(messages)
  }
  const last = await train(input)
  expect(last.messages.some(({ type }) => type === 'resumed')).toBe(true)
  take(last.messages)
  return { last, stored, reached }
}

describe('a training', () => {
  it('learns, and reports metrics per step and epoch, params, an evaluation and its result', async () => {
    const outcome = await train(request())
    const { result, params } = outcome
    expect(outcome.exitCode).toBe(0)
    expect(result).toMatchObject({
      backend: 'wasm',
      labels,
      steps: 15,
      stoppedEarly: false,
      preprocessing: { width: 12, height: 12, channels: 1 },
      signature: { input: { shape: [-1, 12, 12, 1] }, output: { shape: [-1, 2] } },
    })
    expect(result?.metrics['test_accuracy']).toBeGreaterThan(0.9)
    expect(outcome.points('train_loss').map((point) => point.step)).toEqual(
      Array.from({ length: 15 }, (_, index) => index + 1),
    )
    expect(outcome.points('epoch').map(({ step, value }) => [step, value])).toEqual([
      [5, 1],
      [10, 2],
      [15, 3],
    ])
    expect(outcome.points('validation_accuracy')).toHaveLength(3)
    expect(params).toMatchObject({
      seed: '42',
      epochs: '3',
      backend: 'wasm',
      labels: '2',
      train_samples: '80',
    })
    expect(Number(params['parameters'])).toBeGreaterThan(1000)

    const artifact = outcome.messages.find((message) => message.type === 'artifact')
    const evaluation = JSON.parse(await readFile(artifact?.file ?? '', 'utf8'))
    expect(evaluation.test.samples).toBe(40)
    expect(evaluation.test.confusion.flat().reduce((sum: number, count: number) => sum + count, 0)).toBe(40)
  })

  it('gives bit-identical weights for the same seed in another process, and others for another seed', async () => {
    const first = await weightsDigest(await train(request()))
    const second = await weightsDigest(await train(request()))
    const other = await weightsDigest(await train(request({}, { seed: 43 })))
    expect(second).toBe(first)
    expect(other).not.toBe(first)
  })

  it('ends at once when stopped and keeps the best weights so far', async () => {
    const outcome = await train(request({}, { epochs: 10_000 }), (message, send) => {
      if (message.type === 'metrics' && message.points.some((point) => point.step >= 12))
        send({ type: 'stop' })
    })
    expect(outcome.result?.stoppedEarly).toBe(true)
    expect(outcome.result?.steps).toBeLessThan(49_000)
    expect(await readdir(outcome.result?.modelDirectory ?? '')).toContain('weights.bin')
    expect(outcome.result?.metrics['test_accuracy']).toBeDefined()
  })

  it('keeps nothing when cancelled', async () => {
    const input = request({}, { epochs: 10_000 })
    const outcome = await train(input, (message, send) => {
      if (message.type === 'metrics') send({ type: 'cancel' })
    })
    expect(failureOf(outcome)?.code).toBe('CANCELLED')
    expect(outcome.result).toBeUndefined()
    expect(await readdir(input.workDirectory)).not.toContain('model')
  })

  it('has no test metric when there are no test pictures, and trains without validation pictures', async () => {
    const file = join(work, 'train-only.json')
    await writeSamples(file, () => 'train', 40)
    const outcome = await train(request({ samplesFile: file }))
    expect(Object.keys(outcome.result?.metrics ?? {}).sort()).toEqual(['train_accuracy', 'train_loss'])
    expect(outcome.points('validation_loss')).toEqual([])
  })

  it('says so when there is nothing to train on', async () => {
    const file = join(work, 'test-only.json')
    await writeSamples(file, () => 'test', 8)
    const outcome = await train(request({ samplesFile: file }))
    expect(failureOf(outcome)).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('no training samples'),
    })
    expect(outcome.exitCode).toBe(1)
  })

  it('names the picture that no longer decodes', async () => {
    const file = join(work, 'damaged.json')
    await writeSamples(file, () => 'train', 40)
    const pack = await readFile(`${file}.pack`)
    const list = JSON.parse(await readFile(file, 'utf8')) as TrainingSamples
    const { offset, length } = list.samples[17]?.location ?? { offset: 0, length: 0 }
    pack.fill(0, offset, offset + length)
    await writeFile(`${file}.pack`, pack)
    const outcome = await train(request({ samplesFile: file }))
    expect(failureOf(outcome)).toMatchObject({
      code: 'UNREADABLE_FILE',
      message: expect.stringContaining('columns/17.png'),
    })
  })

  it('takes decoded pictures from the cache the second time, with the same outcome', async () => {
    const cacheDirectory = join(work, 'cache-of-its-own')
    const lines = (outcome: Outcome) =>
      outcome.messages.flatMap((message) => (message.type === 'log' ? [message.line] : []))
    const first = await train(request({ cacheDirectory }))
    const second = await train(request({ cacheDirectory }))
    expect(lines(first)[0]).toContain('decoded in')
    expect(lines(second)[0]).toContain('from the cache')
    expect(await weightsDigest(second)).toBe(await weightsDigest(first))
  })

  it('chooses a backend by timing it when asked for "auto", and records the timings', async () => {
    const outcome = await train(request({ backend: 'auto' }))
    const { backend, backendTimings } = outcome.result ?? {}
    expect(backendTimings?.wasm).toBeGreaterThan(0)
    expect(backendTimings?.[backend ?? 'wasm']).toBe(Math.min(...Object.values(backendTimings ?? {})))
    expect(outcome.params['backend_requested']).toBe('auto')
  })

  it('ends when the process that started it is gone', async () => {
    const child: ChildProcess = fork(workerFile, [], { serialization: 'advanced' })
    child.send({ type: 'start', input: request({}, { epochs: 10_000 }) })
    await once(child, 'message')
    child.disconnect()
    const [code] = await once(child, 'exit')
    expect(code).toBe(1)
  })

  it('that was killed at twenty steps ends with the weights of one that never was, each point logged once', async () => {
    const options = {
      epochs: 30,
      batchSize: 16,
      optimizer: 'adamw',
      weightDecay: 0.01,
      gradientClip: 1,
      ema: 0.9,
      dropout: 0.3,
      mixup: 0.2,
      rotation: 10,
      noise: 0.05,
      patience: 25,
    }
    const whole = await train(request({}, options))
    const { last, stored, reached } = await killedAndResumed(request({ checkpointEveryMs: 0 }, options), 20)
    expect(reached).toBeLessThan(whole.result?.steps ?? 0)
    expect(await weightsDigest(last)).toBe(await weightsDigest(whole))
    expect(losses(stored)).toEqual(losses(whole.points('train_loss')))
  }, 240_000)

  it('to read, killed at two steps, ends with the weights of one that never was', async () => {
    const file = join(work, 'lines.json')
    await writeLines(file)
    const change = { preset: 'line-recogniser', samplesFile: file }
    const options = { epochs: 6, batchSize: 4, imageSize: 32, rotation: 2, noise: 0.05, dropout: 0.2 }
    const whole = await train(request(change, options))
    expect(failureOf(whole)).toBeUndefined()
    const input = request({ ...change, checkpointEveryMs: 0 }, options)
    const { last, stored, reached } = await killedAndResumed(input, 2)
    expect(reached).toBeLessThan(whole.result?.steps ?? 0)
    expect(await weightsDigest(last)).toBe(await weightsDigest(whole))
    expect(losses(stored)).toEqual(losses(whole.points('train_loss')))
    const distance = (outcome: Outcome) => outcome.result?.metrics['test_cer']
    expect(distance(last)).toBeGreaterThanOrEqual(0)
    expect(distance(last)).toBe(distance(whole))
  }, 120_000)
})

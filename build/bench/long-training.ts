import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Subset, trainingOptions } from '../../core/contract/index.ts'
import { createRandom } from '../../core/domain/random.ts'
import { cnnSmall } from '../../core/training/architectures/cnn-small.ts'
import { wasmBackend } from '../../core/training/backends/wasm.ts'
import { PictureBatches } from '../../core/training/batches.ts'
import { classifierLearner, plainLoss } from '../../core/training/classifier-learner.ts'
import { classifierTask } from '../../core/training/classifier-task.ts'
import { Trainer } from '../../core/training/trainer.ts'

const side = 8
const batchSize = 16
const stepsPerEpoch = 100
const readings = 10

interface Reading {
  step: number
  tensors: number
  tensorBytes: number
  residentMB: number
  heapMB: number
}

function pictures(): PictureBatches {
  const random = createRandom(3, 'pixels')
  const count = stepsPerEpoch * batchSize + batchSize
  const samples = Array.from({ length: count }, (_, index) => ({
    path: `${index}.png`,
    location: { file: '', offset: 0, length: 0 },
    label: index % 2,
    subset: (index < stepsPerEpoch * batchSize ? 'train' : 'validation') satisfies Subset as Subset,
    width: side,
    height: side,
  }))
  const pixels = Uint8Array.from(
    { length: count * side * side },
    (_, at) => (Math.floor(at / side ** 2) % 2) * 100 + random.integer(156),
  )
  return new PictureBatches(
    pixels,
    { datasetDigest: '', labels: ['dark', 'bright'], samples },
    { width: side, height: side, channels: 1, scale: 1 / 255, offset: 0 },
  )
}

/** What is still held afterwards is in use. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
}

/** Tensors and memory over a long training on `wasm`: neither may grow. GLYPHLAB_BENCH_STEPS, 10000. */
export async function longTrainingBench(): Promise<object> {
  const steps = Number(process.env['GLYPHLAB_BENCH_STEPS'] ?? 10_000)
  const { tf, detail } = await wasmBackend.load()
  const model = cnnSmall.build(tf, { height: side, width: side, channels: 1, labels: 2, seed: 1 })
  const task = classifierTask(classifierLearner(tf, model, plainLoss), pictures())
  const epochs = Math.ceil(steps / stepsPerEpoch)
  const found: Reading[] = []
  const every = Math.max(1, Math.floor(epochs / readings))
  const trainer = new Trainer(
    tf,
    task,
    trainingOptions.parse({ epochs, batchSize, learningRate: 1e-4, ema: 0.99, gradientClip: 1 }),
    {
      onStep() {},
      onEvaluation() {},
      async onDivergence() {},
      async onEpoch({ epoch, step }) {
        if (epoch !== 1 && epoch % every !== 0) return
        collectGarbage()
        const { numTensors, numBytes } = tf.memory()
        const { rss, heapUsed } = process.memoryUsage()
        const megabytes = (bytes: number) => Math.round(bytes / 1e5) / 10
        const reading = {
          step,
          tensors: numTensors,
          tensorBytes: numBytes,
          residentMB: megabytes(rss),
          heapMB: megabytes(heapUsed),
        }
        found.push(reading)
        console.error(JSON.stringify(reading))
      },
    },
  )
  const started = performance.now()
  const summary = await trainer.train({ stopRequested: false })
  // The first reading is taken while code is still being compiled.
  const [, settled] = found
  const last = found.at(-1)
  return {
    backend: detail,
    steps: summary.steps,
    seconds: Math.round((performance.now() - started) / 100) / 10,
    readings: found,
    tensorsConstant: new Set(found.map(({ tensors }) => tensors)).size === 1,
    residentGrowthMB: settled && last ? Math.round((last.residentMB - settled.residentMB) * 10) / 10 : null,
  }
}

import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InferenceEngine } from '../../core/contract/index.ts'
import { createRandom } from '../../core/domain/random.ts'
import { linePixels } from '../../core/imaging/line-pixels.ts'
import { loadClassifier } from '../../core/serving/classifier.ts'
import { loadRecogniser } from '../../core/serving/recogniser.ts'
import { architectures } from '../../core/training/architectures/index.ts'
import type { TensorFlow } from '../../core/training/backends/backend.ts'
import { wasmBackend } from '../../core/training/backends/wasm.ts'
import { exportOnnx } from '../../core/training/onnx/export-onnx.ts'
import { savedClassifier, savedRecogniser } from '../../core/training/onnx/testing/saved-models.ts'
import { pythonWith } from '../python-environment.ts'
import { drawnLines } from './drawn-lines.ts'

const engines = ['tfjs', 'onnxruntime'] as const
const side = 28
const lineHeight = 40
/** As many as the machine that it is promised for has cores. */
const inFlight = 2

/** One picture that is decoded already, and lines from picture to text, in each engine; beside Python's onnxruntime. */
export async function inferenceBench(): Promise<object> {
  const work = await mkdtemp(join(tmpdir(), 'glyphlab-bench-'))
  try {
    const { tf, detail } = await wasmBackend.load()
    const peer = await pythonWith('onnx-1.23.2', ['onnx==1.23.2', 'onnxruntime==1.32.0', 'numpy==2.4.6'])
    const python = 'python' in peer ? peer.python : null
    const classifiers: Record<string, object> = {}
    for (const { id } of architectures) classifiers[id] = await timeClassifier(tf, work, id, python)
    return {
      tfjs: detail,
      peer: python === null ? peer : 'onnxruntime 1.32.0 for Python, one thread',
      picture: `${side}x${side}x1, one thread, ms`,
      classifiers,
      recogniser: await timeRecogniser(tf, work),
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function timeClassifier(
  tf: TensorFlow,
  work: string,
  id: string,
  python: string | null,
): Promise<object> {
  const architecture = architectures.find((one) => one.id === id)
  if (!architecture) throw new Error(`no architecture ${id}`)
  const { directory, manifest, model } = await savedClassifier(tf, work, architecture, 1, side)
  model.dispose()
  const random = createRandom(1, id)
  const pixels = Uint8Array.from({ length: side * side }, () => random.integer(256))
  const times: Partial<Record<InferenceEngine, number>> = {}
  const answers: Float32Array[] = []
  for (const engine of engines) {
    const classifier = await loadClassifier(directory, { engine })
    answers.push(await classifier.probabilities(pixels))
    times[engine] = await medianOf(300, () => classifier.probabilities(pixels))
    classifier.dispose()
  }
  const [first, second] = answers
  const difference = Math.max(...(first ?? []).map((value, at) => Math.abs(value - (second?.[at] ?? 0))))
  const file = join(work, `${id}.onnx`)
  await writeFile(file, await exportOnnx(directory, manifest, ''))
  return { ...times, python: python && timePython(python, file), difference }
}

const script = `
import sys, time
import numpy as np, onnxruntime
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=['CPUExecutionProvider'])
name = session.get_inputs()[0].name
x = np.random.rand(1, ${side}, ${side}, 1).astype(np.float32)
times = []
for _ in range(300):
    start = time.perf_counter()
    session.run(None, {name: x})
    times.append(1000 * (time.perf_counter() - start))
print(sorted(times)[150])
`

function timePython(python: string, file: string): number {
  const env = { ...process.env, ORT_DISABLE_TELEMETRY: '1' }
  return rounded(Number(execFileSync(python, ['-c', script, file], { encoding: 'utf8', env })))
}

async function timeRecogniser(tf: TensorFlow, work: string): Promise<object> {
  const { pictures } = await drawnLines(work, 128)
  const alphabet = Array.from({ length: 90 }, (_, index) => String.fromCharCode(33 + index))
  const { directory, model } = await savedRecogniser(tf, work, alphabet, { height: lineHeight })
  model.dispose()
  let widths = 0
  for (const picture of pictures) widths += (await linePixels(picture, 'line', lineHeight)).width
  const linesPerSecond: Partial<Record<InferenceEngine, object>> = {}
  for (const engine of engines) {
    const recogniser = await loadRecogniser(directory, { engine })
    const read = (at: number) => recogniser.read(pictures[at] ?? Buffer.alloc(0), 'line')
    await read(0)
    const alone = await timed(async () => {
      for (let at = 0; at < pictures.length; at++) await read(at)
    })
    // Pictures are decoded in other threads: the next line meanwhile.
    let next = 0
    const some = async () => {
      while (next < pictures.length) await read(next++)
    }
    const together = await timed(() => Promise.all(Array.from({ length: inFlight }, some)))
    const rate = (elapsed: number) => rounded((1000 * pictures.length) / elapsed)
    linesPerSecond[engine] = { oneByOne: rate(alone), inFlight: rate(together) }
    recogniser.dispose()
  }
  return {
    lines: pictures.length,
    meanWidth: Math.round(widths / pictures.length),
    processes: 1,
    inFlight,
    linesPerSecond,
  }
}

async function medianOf(runs: number, run: () => Promise<unknown>): Promise<number> {
  for (let warmUp = 0; warmUp < 10; warmUp++) await run()
  const times: number[] = []
  for (let count = 0; count < runs; count++) times.push(await timed(run))
  return rounded(median(times))
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await run()
  return performance.now() - started
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const rounded = (value: number): number => Math.round(value * 1000) / 1000

/**
 * `npm run bench -- NAME` runs one benchmark and prints one JSON object on stdout; without a name it lists them.
 */
import { bestOnFashion, bestOnSigns } from './bench/best-preset.ts'
import { browseBench } from './bench/browse.ts'
import { bundleBench } from './bench/bundle.ts'
import { connectionsBench } from './bench/connections.ts'
import { datasetsBench } from './bench/datasets.ts'
import { durabilityBench } from './bench/durability.ts'
import { fashionMnistBench } from './bench/fashion-mnist.ts'
import { inferenceBench } from './bench/inference.ts'
import { longTrainingBench } from './bench/long-training.ts'
import { mlflowTestsBench } from './bench/mlflow-tests.ts'
import { ocrBench, ocrFilesBench } from './bench/ocr.ts'
import { recogniserBench } from './bench/recogniser.ts'
import { runsBench } from './bench/runs.ts'
import { servingBench } from './bench/serving.ts'
import { tensorboardBench } from './bench/tensorboard.ts'
import { trackingBench } from './bench/tracking.ts'
import { trainingBench } from './bench/training.ts'
import { tuningBench } from './bench/tuning.ts'

/** A benchmark returns figures that can be written as JSON; what happens meanwhile goes to stderr. */
const benches: Record<string, { title: string; run: () => Promise<object> }> = {
  'best-fashion': {
    title: 'the preset `best` on Fashion-MNIST: test accuracy; resumable',
    run: bestOnFashion,
  },
  'best-signs': {
    title: 'the preset `best` on sign-language digits: test accuracy; resumable',
    run: bestOnSigns,
  },
  browse: {
    title: 'a dataset of a million samples: answers of the engine, scrolling of the grid',
    run: browseBench,
  },
  bundle: {
    title: 'exported bundles in Docker: image over its base, payload, time to ready, requests/s',
    run: bundleBench,
  },
  inference: {
    title: 'one picture, and lines/s, in tfjs and in onnxruntime, beside Python',
    run: inferenceBench,
  },
  'long-training': {
    title: 'tensors and memory over a training of 10,000 steps on wasm (GLYPHLAB_BENCH_STEPS)',
    run: longTrainingBench,
  },
  ocr: {
    title: 'reading in pages/minute and character error rate, beside tesseract; two processes beside one',
    run: ocrBench,
  },
  'ocr-files': {
    title: 'memory over 500 pages; odd, huge and broken files as one batch',
    run: ocrFilesBench,
  },
  recogniser: {
    title: 'the line recogniser on wasm: ms per training step with an LSTM and a GRU, lines/s read',
    run: recogniserBench,
  },
  tracking: {
    title:
      "runs logged and read over MLflow's API, beside a real `mlflow server` (GLYPHLAB_BENCH_SCALE, 0.1)",
    run: trackingBench,
  },
  'mlflow-tests': {
    title: "MLflow's own tests of its client against this server (GLYPHLAB_MLFLOW_TESTS: its checkout)",
    run: mlflowTestsBench,
  },
  durability: {
    title: 'two processes log for a minute while the engine is killed twenty times: points lost',
    run: durabilityBench,
  },
  runs: {
    title: 'the run table with 10,000 and 100,000 runs; 100 runs x 10 metrics x 10,000 steps compared',
    run: runsBench,
  },
  tensorboard: {
    title: "TensorBoard's event files read and stored, beside TensorBoard's own loader",
    run: tensorboardBench,
  },
  training: { title: 'ms per training step on each backend, beside Keras and PyTorch', run: trainingBench },
  serving: {
    title: 'the exported server beside MLflow and LitServe: requests/s, p50, p99; a canary under load',
    run: servingBench,
  },
  connections: {
    title:
      'the exported server with 10,000 connections, most of them hostile: honest answers, readiness, memory',
    run: connectionsBench,
  },
  datasets: {
    title: 'import in pictures/s, beside `dvc add` and `sha256sum`; thumbnails/s',
    run: datasetsBench,
  },
  tuning: { title: 'TPE beside random search and a grid, on published functions', run: tuningBench },
  'fashion-mnist': { title: 'a whole training on Fashion-MNIST, on wasm', run: fashionMnistBench },
}

const name = process.argv[2]
if (name === undefined) {
  for (const [id, { title }] of Object.entries(benches)) console.log(`${id}: ${title}`)
} else {
  const bench = benches[name]
  if (!bench) {
    console.error(`There is no benchmark "${name}". There are: ${Object.keys(benches).join(', ')}.`)
    process.exit(2)
  }
  console.log(JSON.stringify({ bench: name, ...(await bench.run()) }))
  process.exit(0)
}

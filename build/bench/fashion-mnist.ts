import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { trainingOptions } from '../../core/contract/index.ts'
import { idx } from '../../core/datasets/importers/idx.ts'
import { scanFolder } from '../../core/datasets/scan.ts'
import { splitItems } from '../../core/datasets/split.ts'
import type { TrainingSamples } from '../../core/domain/training-request.ts'
import { sharedData } from './shared-data.ts'
import { trainInProcess } from './training-process.ts'

const folder = sharedData('cls-fashion-mnist-gz')
const classes = 10

/** Trains the default network with its default options on the 60,000 pictures; tests it on the 10,000. */
export async function fashionMnistBench(): Promise<object> {
  if (!folder) return { skipped: 'Fashion-MNIST is not in ../shared/data/cls-fashion-mnist-gz' }
  const work = await mkdtemp(join(tmpdir(), 'glyphlab-bench-'))
  try {
    const samplesFile = await writeSamples(folder, work)
    const result = await trainInProcess({
      runId: '0'.repeat(32),
      preset: 'cnn-small',
      options: trainingOptions.parse({}),
      backend: 'wasm',
      samplesFile,
      workDirectory: join(work, 'run'),
      checkpointEveryMs: 60_000,
      backendsDirectory: '',
      cacheDirectory: join(work, 'cache'),
    })
    const { metrics, seconds, steps, bestEpoch, backend } = result
    return {
      testAccuracy: metrics['test_accuracy'],
      seconds: Math.round(seconds * 10) / 10,
      steps,
      bestEpoch,
      backend,
      metrics,
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Writes the pictures as the app stores them, in one pack, and the list of samples. Returns the list's path. */
async function writeSamples(folder: string, work: string): Promise<string> {
  const { candidates } = await idx.plan({ root: folder, scan: await scanFolder(folder), options: {} })
  const pack = join(work, 'pictures.pack')
  const pictures = await Promise.all(candidates.map((candidate) => candidate.read()))
  const { subsets } = splitItems(
    candidates.map(({ path, label, subset }, index) => ({
      path,
      hash: sha256(pictures[index]),
      label,
      group: null,
      given: subset,
    })),
    { seed: 42, fractions: { train: 0.9, validation: 0.1, test: 0 } },
  )
  let offset = 0
  const samples = candidates.map(({ path, label, info }, index): TrainingSamples['samples'][number] => {
    const length = pictures[index]?.length ?? 0
    offset += length
    return {
      path,
      location: { file: pack, offset: offset - length, length },
      label: Number(label),
      subset: subsets[index] ?? 'train',
      width: info?.width ?? 0,
      height: info?.height ?? 0,
    }
  })
  const content = Buffer.concat(pictures)
  await writeFile(pack, content)
  const list: TrainingSamples = {
    datasetDigest: sha256(content),
    labels: Array.from({ length: classes }, (_, label) => String(label)),
    samples,
  }
  const file = join(work, 'samples.json')
  await writeFile(file, JSON.stringify(list))
  return file
}

function sha256(bytes: Buffer | undefined): string {
  return createHash('sha256')
    .update(bytes ?? '')
    .digest('hex')
}

import { createHash } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { backendId, type TrainingChoices } from '../../core/contract/index.ts'
import { classFolders } from '../../core/datasets/importers/class-folders.ts'
import { idx } from '../../core/datasets/importers/idx.ts'
import type { Importer } from '../../core/datasets/importers/importer.ts'
import { scanFolder } from '../../core/datasets/scan.ts'
import { splitItems } from '../../core/datasets/split.ts'
import type { TrainingSamples } from '../../core/domain/training-request.ts'
import { chosenOptions, presets } from '../../core/training/presets.ts'
import { cache } from '../paths.ts'
import { sharedData } from './shared-data.ts'
import { trainInProcess } from './training-process.ts'

const presetId = 'best'

interface Recipe {
  /** Folder of the real inputs. */
  data: string
  importer: Importer
  /** Of what the source leaves undivided. */
  fractions: { train: number; validation: number; test: number }
  choices: TrainingChoices
  /** Accuracy on the test subset. */
  target: number
}

/** The preset `best` on Fashion-MNIST: a tenth of the training pictures decides, the 10,000 of the test are looked at once. */
export function bestOnFashion(): Promise<object> {
  return bestPreset('best-fashion', {
    data: 'cls-fashion-mnist-gz',
    importer: idx,
    fractions: { train: 0.95, validation: 0.05, test: 0 },
    choices: { flipHorizontal: true },
    target: 0.93,
  })
}

/** The preset `best` on photographed hands, with a stratified fifth for the test. */
export function bestOnSigns(): Promise<object> {
  return bestPreset('best-signs', {
    data: 'cls-sign-language-digits',
    importer: classFolders,
    fractions: { train: 0.7, validation: 0.1, test: 0.2 },
    choices: {
      epochs: 30,
      batchSize: 32,
      imageSize: 64,
      learningRate: 0.05,
      flipHorizontal: true,
      rotation: 10,
    },
    target: 0.97,
  })
}

/**
 * A training that may be broken off: its checkpoints lie in the cache, and the same command goes on from them.
 * `GLYPHLAB_BENCH_BACKEND` names the backend; the fastest is taken without it.
 */
async function bestPreset(name: string, recipe: Recipe): Promise<object> {
  const folder = sharedData(recipe.data)
  const preset = presets().find(({ id }) => id === presetId)
  if (!folder || !preset) return { skipped: `${recipe.data} is not in ../shared/data` }
  const work = path.join(cache, name)
  await mkdir(work, { recursive: true })
  const result = await trainInProcess({
    runId: '0'.repeat(32),
    preset: preset.id,
    options: chosenOptions(preset, recipe.choices),
    backend: backendId.safeParse(process.env['GLYPHLAB_BENCH_BACKEND']).data ?? 'auto',
    samplesFile: await writeSamples(folder, work, recipe),
    workDirectory: path.join(work, 'run'),
    checkpointEveryMs: 60_000,
    backendsDirectory: '',
    cacheDirectory: path.join(work, 'pixels'),
  })
  await rm(path.join(work, 'run'), { recursive: true })
  const { metrics, seconds, steps, bestEpoch, backend, backendTimings } = result
  const testAccuracy = metrics['test_accuracy'] ?? 0
  return {
    preset: presetId,
    choices: recipe.choices,
    testAccuracy,
    target: recipe.target,
    reached: testAccuracy >= recipe.target,
    secondsOfThisStart: Math.round(seconds),
    steps,
    bestEpoch,
    backend,
    backendTimings,
    metrics,
  }
}

async function writeSamples(folder: string, work: string, { importer, fractions }: Recipe): Promise<string> {
  const { candidates } = await importer.plan({ root: folder, scan: await scanFolder(folder), options: {} })
  const pictures = await Promise.all(candidates.map((candidate) => candidate.read()))
  const { subsets } = splitItems(
    candidates.map(({ path: id, label, subset }, index) => ({
      path: id,
      hash: sha256(pictures[index]),
      label,
      group: null,
      given: subset,
    })),
    { seed: 42, fractions },
  )
  const pack = path.join(work, 'pictures.pack')
  const labels = [...new Set(candidates.map(({ label }) => label))].sort()
  let offset = 0
  const samples = candidates.map(({ path: id, label, info }, index): TrainingSamples['samples'][number] => {
    const length = pictures[index]?.length ?? 0
    offset += length
    return {
      path: id,
      location: { file: pack, offset: offset - length, length },
      label: labels.indexOf(label),
      subset: subsets[index] ?? 'train',
      width: info?.width ?? 0,
      height: info?.height ?? 0,
    }
  })
  const content = Buffer.concat(pictures)
  await writeFile(pack, content)
  const file = path.join(work, 'samples.json')
  const list: TrainingSamples = { datasetDigest: sha256(content), labels, samples }
  await writeFile(file, JSON.stringify(list))
  return file
}

function sha256(bytes: Buffer | undefined): string {
  return createHash('sha256')
    .update(bytes ?? '')
    .digest('hex')
}

import { readFile } from 'node:fs/promises'
import type { ImagePreprocessing } from '../contract/index.ts'
import { createRandom, type Random } from '../domain/random.ts'
import type { TrainingSamples } from '../domain/training-request.ts'
import { decodePictures, inputSizeFor } from '../training/picture-tensors.ts'
import type { MapRequest, MapResult } from './embedding-messages.ts'
import { loadFeatureModel } from './model-features.ts'
import { nearestNeighbours } from './neighbours.ts'
import { placeAmong } from './place-among.ts'
import { principalComponents, type Rows } from './principal-components.ts'
import type { Stages } from './stages.ts'
import { epochsFor, umap } from './umap.ts'

const components = 50
/** Pictures are compared at this many px a side; in colour they have three times the numbers. */
const greySide = 28
const colourSide = 20
/** Of more samples than this, so many are laid out and the others placed among them. */
export const mostLaidOut = 100_000

export async function readSamples(file: string): Promise<TrainingSamples> {
  return JSON.parse(await readFile(file, 'utf8')) as TrainingSamples
}

/** Decodes the pictures of a request, with progress. @throws GlyphlabError UNREADABLE_FILE */
export async function decodeAll(
  samples: TrainingSamples,
  size: Pick<ImagePreprocessing, 'width' | 'height' | 'channels'>,
  cacheDirectory: string,
  stages: Stages,
  until: number,
): Promise<Uint8Array> {
  const count = samples.samples.length
  const told = stages.begin(0, until, 'Decoding pictures', { count, name: 'pictures' })
  const { pixels } = await decodePictures(samples, size, {
    cacheDirectory,
    onPicture: (done, total) => void told(done / total),
  })
  return pixels
}

async function featuresOf(
  { modelDirectory, cacheDirectory }: MapRequest,
  samples: TrainingSamples,
  stages: Stages,
): Promise<{ rows: Rows; width: number }> {
  if (modelDirectory === null) {
    const { channels } = await inputSizeFor(samples, greySide, 1)
    const side = channels === 1 ? greySide : colourSide
    const size = { width: side, height: side, channels }
    const rows = await decodeAll(samples, size, cacheDirectory, stages, 0.2)
    return { rows, width: side * side * channels }
  }
  const model = await loadFeatureModel(modelDirectory)
  const pixels = await decodeAll(samples, model.preprocessing, cacheDirectory, stages, 0.15)
  const count = samples.samples.length
  return model.features(
    pixels,
    stages.begin(0.15, 0.2, 'Asking the model how it sees the pictures', { count, name: 'pictures' }),
  )
}

/** The rows that are laid out: all, or a sample drawn by chance, in ascending order. */
function drawn(count: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index)
  return count <= mostLaidOut ? order : random.shuffle(order).slice(0, mostLaidOut).sort()
}

/**
 * Places every sample in a plane: features, their principal components, nearest neighbours, UMAP. The same pictures,
 * model, seed and number of neighbours give the same places.
 */
export async function makeMap(request: MapRequest, stages: Stages): Promise<MapResult> {
  const samples = await readSamples(request.samplesFile)
  const count = samples.samples.length
  const random = createRandom(request.seed, 'map of a dataset')
  if (count < 3) {
    const coordinates = Float32Array.from({ length: count * 2 }, (_, at) => at)
    return { coordinates, laidOut: count }
  }
  const { rows, width } = await featuresOf(request, samples, stages)
  const { scores, components: dimensions } = await principalComponents(
    rows,
    width,
    components,
    random,
    stages.begin(0.2, 0.3, 'Finding the principal components'),
  )
  const chosen = drawn(count, random)
  const all = chosen.length === count
  const table = all ? scores : rowsAt(scores, dimensions, chosen)
  const k = Math.min(request.neighbours, chosen.length - 1)
  const neighbours = await nearestNeighbours(
    table,
    dimensions,
    k,
    random,
    stages.begin(0.3, 0.5, 'Finding the nearest neighbours'),
  )
  const places = await umap(
    neighbours,
    table,
    dimensions,
    random,
    stages.begin(0.5, all ? 1 : 0.8, 'Laying out the map', {
      count: epochsFor(chosen.length),
      name: 'rounds',
    }),
  )
  const coordinates = all
    ? places
    : await placeAmong(
        scores,
        dimensions,
        chosen,
        places,
        k,
        random,
        stages.begin(0.8, 1, 'Placing the other pictures', { count, name: 'pictures' }),
      )
  return { coordinates, laidOut: chosen.length }
}

function rowsAt(table: Float32Array, width: number, rows: Uint32Array): Float32Array {
  const taken = new Float32Array(rows.length * width)
  for (const [at, row] of rows.entries())
    taken.set(table.subarray(row * width, (row + 1) * width), at * width)
  return taken
}

import type { ImagePreprocessing, Subset } from '../contract/index.ts'
import type { TrainingSamples } from '../domain/training-request.ts'
import type { AugmentationSet } from './augmentation-pool.ts'
import type { Batch } from './classifier-learner.ts'

/** The decoded dataset, from which batches are cut. */
export class PictureBatches {
  readonly #pixels: Uint8Array
  readonly #labels: Uint32Array
  readonly #names: string[]
  readonly #subsets: Record<Subset, Uint32Array>
  readonly #valuesPerPicture: number
  /** Model input for each pixel value 0..255. */
  readonly #inputOf: Float32Array

  constructor(pixels: Uint8Array, { samples }: TrainingSamples, preprocessing: ImagePreprocessing) {
    const { width, height, channels, scale, offset } = preprocessing
    this.#pixels = pixels
    this.#labels = Uint32Array.from(samples, (sample) => sample.label)
    this.#names = samples.map(({ path }) => path)
    this.#valuesPerPicture = width * height * channels
    this.#inputOf = Float32Array.from({ length: 256 }, (_, pixel) => pixel * scale + offset)
    const of = (subset: Subset) =>
      Uint32Array.from(samples.flatMap((sample, index) => (sample.subset === subset ? [index] : [])))
    this.#subsets = { train: of('train'), validation: of('validation'), test: of('test') }
  }

  nameOf(index: number): string {
    return this.#names[index] ?? `sample ${index}`
  }

  /** Indices of a subset's samples, in canonical order. */
  indices(subset: Subset): Uint32Array {
    return this.#subsets[subset]
  }

  /** What threads that make batches need of it. */
  shared(): Pick<AugmentationSet, 'pixels' | 'inputOf'> {
    const pixels = new SharedArrayBuffer(this.#pixels.length)
    new Uint8Array(pixels).set(this.#pixels)
    return { pixels, inputOf: this.#inputOf }
  }

  /** The samples with inputs made elsewhere. */
  batchOf(indices: Uint32Array, inputs: Float32Array): Batch {
    return { size: indices.length, inputs, labels: indices.map((index) => this.#labels[index] as number) }
  }

  /** The model's inputs and labels of these samples. */
  batch(indices: Uint32Array): Batch {
    const values = this.#valuesPerPicture
    const inputs = new Float32Array(indices.length * values)
    const labels = new Uint32Array(indices.length)
    for (let row = 0; row < indices.length; row++) {
      const index = indices[row] as number
      labels[row] = this.#labels[index] as number
      const from = index * values
      const to = row * values
      for (let value = 0; value < values; value++) {
        inputs[to + value] = this.#inputOf[this.#pixels[from + value] as number] as number
      }
    }
    return { size: indices.length, inputs, labels }
  }
}

import { availableParallelism } from 'node:os'
import sharp from 'sharp'
import type { Subset, TrainingOptions } from '../../contract/index.ts'
import { AlphabetCoding, lineCharacters } from '../../domain/alphabet.ts'
import { createRandom } from '../../domain/random.ts'
import type { TrainingSamples } from '../../domain/training-request.ts'
import { type LinePixels, linePixels } from '../../imaging/line-pixels.ts'
import { framesNeeded } from '../ctc/ctc-loss.ts'
import { type BatchOrder, orderByWidth } from '../sample-order.ts'
import { forEachSample } from '../slice-reader.ts'
import { augmentLine } from './augment-line.ts'

/** Width of a picture's column that becomes one frame, px. */
export const pixelsPerFrame = 4

export interface LineBatch {
  size: number
  /** `[size, height, width, 1]`: 0 paper, 1 ink. */
  inputs: Float32Array
  height: number
  width: number
  /** Classes of each line, in visual order. */
  targets: number[][]
  /** Frames of each line. */
  lengths: Int32Array
  texts: string[]
}

/**
 * Decodes the lines of all samples.
 * @throws GlyphlabError UNREADABLE_FILE, naming the picture that can't be decoded
 */
export async function decodeLines(
  { samples }: TrainingSamples,
  height: number,
  onLine: (done: number) => void,
): Promise<LinePixels[]> {
  sharp.concurrency(1)
  const lines: LinePixels[] = []
  const all = samples.map((_, index) => index)
  let done = 0
  await forEachSample(samples, all, availableParallelism() + 1, async (bytes, { path }, index) => {
    lines[index] = await linePixels(bytes, path, height)
    onLine(++done)
  })
  return lines
}

/** The decoded lines with their texts, from which batches of like widths are cut. */
export class LineBatches {
  readonly #lines: readonly LinePixels[]
  readonly #texts: readonly string[]
  readonly #names: readonly string[]
  readonly #targets: readonly number[][]
  readonly #subsets: Record<Subset, Uint32Array>
  readonly #options: TrainingOptions
  /** Training lines that are left out: their text needs more frames than the picture has. */
  readonly tooShort: string[] = []

  constructor(
    lines: readonly LinePixels[],
    { samples }: TrainingSamples,
    alphabet: readonly string[],
    options: TrainingOptions,
  ) {
    const coding = new AlphabetCoding(alphabet)
    this.#lines = lines
    this.#options = options
    this.#names = samples.map(({ path }) => path)
    this.#texts = samples.map(({ text }) => lineCharacters(text ?? '').join(''))
    this.#targets = this.#texts.map((text) => coding.encode(text))
    const of = (subset: Subset) =>
      samples.flatMap((sample, index) => (sample.subset === subset ? [index] : []))
    const fits = (index: number) => framesNeeded(this.#targets[index] ?? []) <= this.#framesOf(index)
    const train = of('train')
    this.tooShort = train.filter((index) => !fits(index)).map((index) => samples[index]?.path ?? '')
    this.#subsets = {
      train: Uint32Array.from(train.filter(fits)),
      validation: Uint32Array.from(of('validation')),
      test: Uint32Array.from(of('test')),
    }
  }

  indices(subset: Subset): Uint32Array {
    return this.#subsets[subset]
  }

  nameOf(index: number): string {
    return this.#names[index] ?? `line ${index}`
  }

  text(index: number): string {
    return this.#texts[index] ?? ''
  }

  /** An order in which each batch holds lines of like widths. */
  readonly order: BatchOrder = orderByWidth((index) => this.#widthOf(index))

  /** Width of each sample's line, px; 0 for one that is not trained on. With it the order can be told again. */
  trainingWidths(): number[] {
    const widths = this.#lines.map(() => 0)
    for (const index of this.#subsets.train) widths[index] = this.#widthOf(index)
    return widths
  }

  /** In groups of exactly equal widths, at most `most` lines each: what is said of a line does not depend on others. */
  groups(subset: Subset, most: number): Uint32Array[] {
    const byWidth = new Map<number, number[]>()
    for (const index of this.#subsets[subset]) {
      const width = this.#widthOf(index)
      byWidth.set(width, [...(byWidth.get(width) ?? []), index])
    }
    return [...byWidth.values()].flatMap((indices) =>
      Array.from({ length: Math.ceil(indices.length / most) }, (_, group) =>
        Uint32Array.from(indices.slice(group * most, (group + 1) * most)),
      ),
    )
  }

  /** @param epoch with it lines are augmented, each by its own random numbers; without, they are as they are */
  batch(indices: Uint32Array, epoch?: number): LineBatch {
    const size = indices.length
    const height = this.#lines[0]?.height ?? 0
    const width = indices.reduce((widest, index) => Math.max(widest, this.#widthOf(index)), 0)
    const inputs = new Float32Array(size * height * width)
    for (const [row, index] of indices.entries()) {
      const line = this.#lines[index] as LinePixels
      const ink = Float32Array.from(line.pixels, (pixel) => 1 - pixel / 255)
      const shown =
        epoch === undefined
          ? ink
          : augmentLine(
              ink,
              line,
              this.#options,
              createRandom(this.#options.seed, `line ${index} in epoch ${epoch}`),
            )
      for (let y = 0; y < height; y++) {
        const from = y * line.width
        inputs.set(shown.subarray(from, from + line.width), (row * height + y) * width)
      }
    }
    return {
      size,
      inputs,
      height,
      width,
      targets: Array.from(indices, (index) => this.#targets[index] ?? []),
      lengths: Int32Array.from(indices, (index) => this.#framesOf(index)),
      texts: Array.from(indices, (index) => this.text(index)),
    }
  }

  #widthOf(index: number): number {
    return this.#lines[index]?.width ?? 0
  }

  #framesOf(index: number): number {
    return this.#widthOf(index) / pixelsPerFrame
  }
}

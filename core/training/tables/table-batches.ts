import { availableParallelism } from 'node:os'
import { GlyphlabError, type Subset, type TableCell, type TablePreprocessing } from '../../contract/index.ts'
import type { TrainingSamples } from '../../domain/training-request.ts'
import { forEachSample } from '../slice-reader.ts'
import { fitColumn, type Row, RowCoding } from './table-coding.ts'

/** Rows with what they are to predict. */
export interface RowBatch {
  size: number
  /** `[size, inputs]` */
  inputs: Float32Array
  /** Class of each row. */
  labels: Uint32Array
  /** Standardised target of each row, where it is a number. */
  targets: Float32Array
}

/** Reads the rows of a table version. @throws GlyphlabError UNREADABLE_FILE, naming the row */
export async function readRows(
  { samples }: TrainingSamples,
  onRow: (done: number, total: number) => void,
): Promise<Row[]> {
  const rows = new Array<Row>(samples.length).fill({})
  let done = 0
  const all = samples.map((_, index) => index)
  await forEachSample(samples, all, availableParallelism(), async (bytes, { path }, index) => {
    try {
      rows[index] = JSON.parse(bytes.toString('utf8')) as Row
    } catch {
      throw new GlyphlabError(
        'UNREADABLE_FILE',
        `${path}: its stored row is damaged. Import the table again.`,
      )
    }
    done += 1
    onRow(done, samples.length)
  })
  return rows
}

/** What becomes of the columns and of the target: from the training rows alone. @throws GlyphlabError INVALID_INPUT */
export function fitTable(
  rows: readonly Row[],
  { samples, target = 'target' }: TrainingSamples,
  asNumber: boolean,
): TablePreprocessing {
  const training = samples.flatMap(({ subset }, index) => (subset === 'train' ? [index] : []))
  const names = Object.keys(rows[0] ?? {})
  const codings = names.map((name) => ({
    name,
    coding: fitColumn({ name, cells: training.map((index): TableCell => rows[index]?.[name] ?? null) }),
  }))
  const columns = codings.flatMap(({ coding }) => (coding ? [coding] : []))
  if (columns.length === 0)
    throw new GlyphlabError(
      'INVALID_INPUT',
      'No column tells the training rows apart: each is text, empty or the same everywhere. Choose another split, or import the table with other columns.',
    )
  return {
    kind: 'table',
    columns,
    unused: codings.flatMap(({ name, coding }) => (coding ? [] : [name])),
    target: {
      name: target,
      scale: asNumber ? scaleOf(training.map((index) => samples[index]?.value ?? 0)) : null,
    },
  }
}

function scaleOf(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
  const deviation = Math.sqrt(
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length),
  )
  return { mean, deviation: deviation || 1 }
}

/** The rows of a table, from which batches are cut. */
export class TableBatches {
  readonly #rows: readonly Row[]
  readonly #coding: RowCoding
  readonly #samples: TrainingSamples['samples']
  readonly #scale: { mean: number; deviation: number }
  readonly #subsets: Record<Subset, Uint32Array>

  constructor(rows: readonly Row[], { samples }: TrainingSamples, preprocessing: TablePreprocessing) {
    this.#rows = rows
    this.#samples = samples
    this.#coding = new RowCoding(preprocessing)
    this.#scale = preprocessing.target.scale ?? { mean: 0, deviation: 1 }
    const of = (subset: Subset) =>
      Uint32Array.from(samples.flatMap((sample, index) => (sample.subset === subset ? [index] : [])))
    this.#subsets = { train: of('train'), validation: of('validation'), test: of('test') }
  }

  /** Inputs of the network. */
  get inputs(): number {
    return this.#coding.inputs
  }

  nameOf(index: number): string {
    return this.#samples[index]?.path ?? `row ${index}`
  }

  indices(subset: Subset): Uint32Array {
    return this.#subsets[subset]
  }

  batchOf(indices: Uint32Array, inputs: Float32Array): RowBatch {
    const { mean, deviation } = this.#scale
    return {
      size: indices.length,
      inputs,
      labels: indices.map((index) => Math.max(0, this.#samples[index]?.label ?? 0)),
      targets: Float32Array.from(
        indices,
        (index) => ((this.#samples[index]?.value ?? mean) - mean) / deviation,
      ),
    }
  }

  batch(indices: Uint32Array): RowBatch {
    const inputs = new Float32Array(indices.length * this.#coding.inputs)
    for (const [place, index] of indices.entries())
      this.#coding.write(this.#rows[index] ?? {}, inputs, place * this.#coding.inputs)
    return this.batchOf(indices, inputs)
  }

  /** The target of a row as it is, not standardised. */
  valueOf(index: number): number {
    return this.#samples[index]?.value ?? Number.NaN
  }
}

import { join } from 'node:path'
import {
  GlyphlabError,
  type InferenceEngine,
  type RowPrediction,
  type TableCell,
  type TablePreprocessing,
} from '../contract/index.ts'
import { type ModelManifest, modelManifestFile, modelRemedy } from '../domain/model-manifest.ts'
import { type InferenceOptions, loadRunner } from '../training/inference/load-runner.ts'
import { readManifest } from '../training/model-files.ts'
import { type Row, RowCoding } from '../training/tables/table-coding.ts'
import { fits, type InputValues } from './inference-input.ts'

/** A row to be asked about. */
export interface AskedRow {
  line: number
  fields: Record<string, TableCell>
}

export interface TableModel {
  readonly manifest: ModelManifest
  /** The one that answers. */
  readonly engine: InferenceEngine
  /** The columns that it looks at. */
  readonly columns: readonly string[]
  /** In the order of the rows. @throws GlyphlabError DAMAGED (the weights give no numbers) */
  predict(rows: readonly AskedRow[]): Promise<RowPrediction[]>
  dispose(): void
}

const rowsAtOnce = 1_024

/** A model's input from rows; `note` is told, by the row's index, what a row lacks or what was not known in training. */
export function rowInput(
  preprocessing: TablePreprocessing,
  rows: readonly Row[],
  note: (index: number, words: string) => void = () => {},
): InputValues {
  const coding = new RowCoding(preprocessing)
  const values = new Float32Array(rows.length * coding.inputs)
  for (const [index, row] of rows.entries())
    coding.write(row, values, index * coding.inputs, (words) => note(index, words))
  return { values, shape: [rows.length, coding.inputs] }
}

/**
 * Loads a model of tables from its folder in the engine that was chosen for it.
 * @throws GlyphlabError DAMAGED, naming the file that is missing, short or changed; UNSUPPORTED for another kind of model
 */
export async function loadTableModel(directory: string, options: InferenceOptions = {}): Promise<TableModel> {
  const manifest = await readManifest(directory)
  const { preprocessing, labels } = manifest
  if (!('columns' in preprocessing))
    throw new GlyphlabError(
      'UNSUPPORTED',
      `${directory}: this model is for pictures, not for the rows of a table.`,
    )
  const { inputs } = new RowCoding(preprocessing)
  const { scale } = preprocessing.target
  const outputs = scale ? 1 : labels.length
  const runner = await loadRunner(directory, manifest, options)
  if (!fits(runner.inputShape.slice(1), [inputs]) || !fits(runner.outputShape.slice(1), [outputs])) {
    runner.dispose()
    throw damaged(
      join(directory, modelManifestFile),
      `it makes ${inputs} inputs and ${outputs} outputs where the model has ${runner.inputShape.at(-1)} and ${runner.outputShape.at(-1)}`,
    )
  }

  const predictSome = async (rows: readonly AskedRow[]): Promise<RowPrediction[]> => {
    const notes = rows.map((): string[] => [])
    const { values, shape } = rowInput(
      preprocessing,
      rows.map(({ fields }) => fields),
      (index, words) => notes[index]?.push(words),
    )
    const { values: output } = await runner.run(values, shape)
    if (!output.every(Number.isFinite))
      throw damaged(directory, "the model's answers hold values that are not numbers")
    return rows.map(({ line }, index) => {
      const own = output.subarray(index * outputs, (index + 1) * outputs)
      const rest = { line, notes: notes[index] ?? [] }
      if (scale)
        return {
          ...rest,
          label: null,
          value: (own[0] ?? 0) * scale.deviation + scale.mean,
          probabilities: [],
        }
      const best = own.indexOf(Math.max(...own))
      return {
        ...rest,
        label: labels[best] ?? '',
        value: null,
        probabilities: labels.map((label, at) => ({ label, probability: own[at] ?? 0 })),
      }
    })
  }

  return {
    manifest,
    engine: runner.engine,
    columns: preprocessing.columns.map(({ name }) => name),
    async predict(rows) {
      const all: RowPrediction[] = []
      for (let start = 0; start < rows.length; start += rowsAtOnce)
        all.push(...(await predictSome(rows.slice(start, start + rowsAtOnce))))
      return all
    },
    dispose: () => runner.dispose(),
  }
}

function damaged(file: string, reason: string): GlyphlabError {
  return new GlyphlabError('DAMAGED', `${file}: ${reason}. ${modelRemedy}`)
}

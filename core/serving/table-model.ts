import { join } from 'node:path'
import type { Tensor } from '@tensorflow/tfjs-core'
import { GlyphlabError, type RowPrediction, type TableCell } from '../contract/index.ts'
import { type ModelManifest, modelManifestFile } from '../domain/model-manifest.ts'
import type { BackendOptions } from '../training/backends/backend.ts'
import { wasmBackend } from '../training/backends/wasm.ts'
import { loadModelDirectory, readManifest } from '../training/model-files.ts'
import { RowCoding } from '../training/tables/table-coding.ts'

/** A row to be asked about. */
export interface AskedRow {
  line: number
  fields: Record<string, TableCell>
}

export interface TableModel {
  readonly manifest: ModelManifest
  /** In the order of the rows. @throws GlyphlabError DAMAGED (the weights give no numbers) */
  predict(rows: readonly AskedRow[]): RowPrediction[]
  dispose(): void
}

const rowsAtOnce = 1_024

/**
 * Loads a model of tables from its folder on the `wasm` backend.
 * @throws GlyphlabError DAMAGED, naming the file that is missing, short or changed; UNSUPPORTED for another kind of model
 */
export async function loadTableModel(directory: string, options: BackendOptions = {}): Promise<TableModel> {
  const manifest = await readManifest(directory)
  const { preprocessing, labels } = manifest
  if (!('columns' in preprocessing))
    throw new GlyphlabError(
      'UNSUPPORTED',
      `${directory}: this model is for pictures, not for the rows of a table.`,
    )
  const { tf } = await wasmBackend.load(options)
  const model = await loadModelDirectory(tf, directory, manifest)
  const coding = new RowCoding(preprocessing)
  const { scale } = preprocessing.target
  const outputs = scale ? 1 : labels.length
  const [found, answers] = [model.inputs[0]?.shape[1], model.outputs[0]?.shape.at(-1)]
  if (found !== coding.inputs || answers !== outputs) {
    model.dispose()
    throw damaged(
      join(directory, modelManifestFile),
      `it makes ${coding.inputs} inputs and ${outputs} outputs where the model has ${found} and ${answers}`,
    )
  }

  const predictSome = (rows: readonly AskedRow[]): RowPrediction[] => {
    const inputs = new Float32Array(rows.length * coding.inputs)
    const notes = rows.map((): string[] => [])
    for (const [index, { fields }] of rows.entries())
      coding.write(fields, inputs, index * coding.inputs, (words) => notes[index]?.push(words))
    const output = tf.tidy(() =>
      Float32Array.from(
        (model.predict(tf.tensor2d(inputs, [rows.length, coding.inputs])) as Tensor).dataSync(),
      ),
    )
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
    predict(rows) {
      const all: RowPrediction[] = []
      for (let start = 0; start < rows.length; start += rowsAtOnce)
        all.push(...predictSome(rows.slice(start, start + rowsAtOnce)))
      return all
    },
    dispose: () => void model.dispose(),
  }
}

function damaged(file: string, reason: string): GlyphlabError {
  return new GlyphlabError(
    'DAMAGED',
    `${file}: ${reason}. Register the run's model again, or train it again.`,
  )
}

import type { RowPrediction } from '../../contract/index.ts'
import type { EngineClient } from '../engine-client.ts'
import type { Output } from './output.ts'
import { pathSource } from './verb.ts'

const csvCell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

function csvOf(predictions: readonly RowPrediction[], file: string, header: boolean): string {
  const labels = predictions[0]?.probabilities.map(({ label }) => label) ?? []
  const names = ['file', 'line', 'prediction', ...labels.map((label) => `p(${label})`), 'notes']
  const lines = predictions.map(({ line, label, value, probabilities, notes }) =>
    [
      file,
      String(line),
      label ?? String(value),
      ...probabilities.map(({ probability }) => String(probability)),
      notes.join('; '),
    ]
      .map(csvCell)
      .join(','),
  )
  return [...(header ? [names.map(csvCell).join(',')] : []), ...lines].join('\n')
}

function words({ line, label, value, probabilities, notes }: RowPrediction, file: string): string {
  const share = probabilities.find((each) => each.label === label)?.probability ?? 0
  const answer =
    label === null
      ? String(Number((value ?? Number.NaN).toPrecision(6)))
      : `${label} (${(share * 100).toFixed(1)} %)`
  return `${file}, line ${line}: ${answer}${notes.length > 0 ? ` [${notes.join('; ')}]` : ''}`
}

/** Prints what a model of tables says of the rows of files: a JSON line a row, CSV, or words. */
export async function printRowPredictions(
  client: EngineClient,
  output: Output,
  reference: string,
  files: readonly string[],
  csv: boolean,
): Promise<void> {
  for (const [index, file] of files.entries()) {
    const predictions = await client.call('models.predictRows', { reference, source: pathSource(file) })
    if (csv) {
      output.line(predictions, () => csvOf(predictions, file, index === 0))
      continue
    }
    for (const prediction of predictions) output.line({ file, ...prediction }, () => words(prediction, file))
  }
}

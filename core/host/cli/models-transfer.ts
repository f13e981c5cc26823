import path from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import {
  blankPlace,
  type ExportFormat,
  exportFormat,
  type InferenceChoice,
  inputLayout,
  type ModelImportOptions,
  type ModelVersion,
  modelKind,
  outputValues,
} from '../../contract/index.ts'
import type { Output } from './output.ts'
import { decimal, integer, pathSource, verb } from './verb.ts'

/** `0.485,0.456,0.406` */
function decimals(text: string): number[] {
  return text.split(',').map(decimal)
}

function oneOf<T extends string>(choices: { options: readonly T[] }): (text: string) => T {
  return (text) => {
    const found = choices.options.find((choice) => choice === text)
    if (found !== undefined) return found
    throw new InvalidArgumentError(`one of ${choices.options.join(', ')} is needed.`)
  }
}

const milliseconds = (value: number | null) => (value === null ? 'did not run' : `${value.toPrecision(3)} ms`)

const engineText = ({ engine, milliseconds: measured, reason }: InferenceChoice): string =>
  `Answers with ${engine}. ${reason} (tfjs ${milliseconds(measured.tfjs)}, onnxruntime ${milliseconds(measured.onnxruntime)})`

const versionText = ({ model, version, aliases, digest, inference }: ModelVersion): string =>
  [
    `${model}/${version}${aliases.map((each) => ` @${each}`).join('')} digest ${digest}`,
    ...(inference ? [engineText(inference)] : []),
  ].join('\n')

export const printVersion = (output: Output, version: ModelVersion): void =>
  output.line(version, () => versionText(version))

interface ImportFlags extends ModelImportOptions {
  name: string
  alias?: string
  override?: string
  labels?: string
  example?: string
}

/** `models import`, `models export` and `models measure`. */
export function addModelTransferVerbs(models: Command): void {
  verb(
    models
      .command('import')
      .description(
        'make a model version of a .glyphmodel file, an ONNX file, an MLflow model folder, a tfjs LayersModel, or a model that Keras saved: a classifier, or a recogniser of lines',
      )
      .argument(
        '<file>',
        'model.glyphmodel, model.onnx, model.keras, model.h5, or the folder of an MLmodel or a model.json',
      )
      .requiredOption('--name <name>', 'the registered model')
      .option('--alias <alias>', 'point this alias at it')
      .option('--override <reason>', 'in spite of the gates of the alias; signed and recorded')
      .option('--labels <file>', 'a label (or a character of the alphabet) on each line')
      .option('--example <file>', 'a picture that the model answers: its input example')
      .option('--kind <kind>', `one of ${modelKind.options.join(', ')}`, oneOf(modelKind))
      .option('--width <px>', 'of its pictures, where the file leaves it open', integer)
      .option('--height <px>', 'of its pictures, where the file leaves it open', integer)
      .option('--channels <count>', '1 (grey) or 3 (colour), where the file leaves it open', integer)
      .option('--layout <layout>', 'nchw (channels first) or nhwc', oneOf(inputLayout))
      .option('--scale <factor>', 'input = (pixel * scale - mean) / std; 1/255 by default', decimal)
      .option('--mean <list>', 'one number, or one for each channel: 0.485,0.456,0.406', decimals)
      .option('--std <list>', 'one number, or one for each channel', decimals)
      .option('--values <values>', 'what it gives: probabilities, or logits', oneOf(outputValues))
      .option('--blank <place>', "the recogniser's class for no character: first or last", oneOf(blankPlace)),
    async (client, output, file: string, given: ImportFlags) => {
      const { name, alias, override, labels, example, ...options } = given
      const version = await client.call('models.import', {
        source: pathSource(file),
        name,
        ...(alias !== undefined && { alias }),
        ...(override !== undefined && { override }),
        ...(labels !== undefined && { labels: pathSource(labels) }),
        ...(example !== undefined && { example: pathSource(example) }),
        options,
      })
      printVersion(output, version)
    },
  )
  verb(
    models
      .command('export')
      .description(
        'write a version as an ONNX or .glyphmodel file, or as a folder for TensorFlow.js or MLflow',
      )
      .argument('<model>', 'name@alias, name/version or name')
      .requiredOption('--format <format>', `one of ${exportFormat.options.join(', ')}`, oneOf(exportFormat))
      .requiredOption(
        '--out <file>',
        'a new file (onnx, glyphmodel), or a new or empty folder (tfjs, mlflow)',
      ),
    async (client, output, reference: string, { format, out }: { format: ExportFormat; out: string }) => {
      const written = await client.call('models.export', { reference, format, path: path.resolve(out) })
      output.line(written, () => `${written.path} (${(written.bytes / 1e6).toFixed(2)} MB)`)
    },
  )
  verb(
    models
      .command('measure')
      .description('time tfjs and onnxruntime on a version again, and keep the faster one')
      .argument('<model>', 'name@alias, name/version or name'),
    async (client, output, reference: string) => {
      printVersion(output, await client.call('models.measure', { reference }))
    },
  )
}

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { GlyphlabError, type ModelVersion } from '../contract/index.ts'

export const mlmodelFile = 'MLmodel'
const mlmodelFlavors = z.object({
  flavors: z.record(z.string(), z.looseObject({ data: z.string().optional() })),
})

/**
 * The ONNX file of an MLflow model folder.
 * @throws GlyphlabError INVALID_INPUT for an MLmodel that can't be read; UNSUPPORTED for a model of other flavors alone
 */
export async function onnxFileOf(directory: string, name: string): Promise<string> {
  let flavors: z.infer<typeof mlmodelFlavors>['flavors']
  try {
    ;({ flavors } = mlmodelFlavors.parse(parse(await readFile(path.join(directory, mlmodelFile), 'utf8'))))
  } catch (cause) {
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${name}/${mlmodelFile}: it does not say what the model is (${cause instanceof Error ? cause.message : cause}).`,
    )
  }
  const data = flavors['onnx']?.data
  if (data === undefined)
    throw new GlyphlabError(
      'UNSUPPORTED',
      `${name}: the model has no ONNX form (${Object.keys(flavors).join(', ')}). Log it with mlflow.onnx.log_model, and import that.`,
    )
  const file = path.resolve(directory, data)
  if (path.relative(directory, file).startsWith('..'))
    throw new GlyphlabError('INVALID_INPUT', `${name}/${mlmodelFile}: ${data} lies outside the folder.`)
  return file
}

/** What the folder was tried with; newer ones of the same major version are expected to load it too. */
const tried = { mlflow: '3.17.2', onnx: '1.23.2', onnxruntime: '1.32.0', python: '3.11.2' }

interface Port {
  name: string
  dtype: string
  shape: readonly number[]
}

/** An input example as MLflow keeps it: its entry in MLmodel, and the files that it names. */
export interface MlflowExample {
  info: object
  files: { path: string; text: string }[]
}

/** A tensor as MLflow's signatures have it. */
const tensor = ({ name, dtype, shape }: Port): object => ({
  type: 'tensor',
  name,
  'tensor-spec': { dtype, shape },
})

/**
 * The files beside `model.onnx` that make a folder an MLflow model: flavors `onnx` (`mlflow.onnx.load_model`) and
 * `python_function`, which takes the network's input as a tensor: pictures are decoded and scaled by the caller, as the
 * metadata says.
 * @see https://mlflow.org/docs/latest/ml/model/#storage-format
 */
export function mlflowFiles(
  version: ModelVersion,
  example: MlflowExample | null = null,
): { path: string; text: string }[] {
  const { inputExample } = version
  const { input, output } = version.signature
  const requirements = [
    `mlflow>=${tried.mlflow.split('.')[0]}`,
    `onnx>=${tried.onnx}`,
    `onnxruntime>=${tried.onnxruntime}`,
  ]
  const mlmodel = {
    flavors: {
      onnx: {
        code: null,
        data: 'model.onnx',
        onnx_version: tried.onnx,
        providers: ['CPUExecutionProvider'],
      },
      python_function: {
        data: 'model.onnx',
        env: { conda: 'conda.yaml', virtualenv: 'python_env.yaml' },
        loader_module: 'mlflow.onnx',
        python_version: tried.python,
      },
    },
    mlflow_version: tried.mlflow,
    ...(example && { saved_input_example_info: example.info }),
    model_uuid: version.digest.slice(0, 32),
    signature: {
      inputs: JSON.stringify([tensor(input)]),
      outputs: JSON.stringify([tensor(output)]),
      params: null,
    },
    utc_time_created: new Date(version.createdAt).toISOString().replace('T', ' ').replace('Z', '000'),
    metadata: {
      glyphlab: {
        model: version.model,
        version: version.version,
        digest: version.digest,
        kind: version.kind,
        labels: version.labels,
        preprocessing: version.preprocessing,
        ...(inputExample && { input_example: { path: inputExample.path, name: inputExample.name } }),
      },
    },
  }
  const environment = {
    python: tried.python,
    build_dependencies: ['pip'],
    dependencies: ['-r requirements.txt'],
  }
  return [
    ...(example?.files ?? []),
    { path: mlmodelFile, text: stringify(mlmodel) },
    { path: 'requirements.txt', text: `${requirements.join('\n')}\n` },
    { path: 'python_env.yaml', text: stringify(environment) },
    {
      path: 'conda.yaml',
      text: stringify({
        name: 'mlflow-env',
        channels: ['conda-forge'],
        dependencies: [`python=${tried.python}`, 'pip', { pip: requirements }],
      }),
    },
  ]
}

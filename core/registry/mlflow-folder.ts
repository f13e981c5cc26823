import { stringify } from 'yaml'
import type { ModelVersion } from '../contract/index.ts'

/** What the folder was tried with; newer ones of the same major version are expected to load it too. */
const tried = { mlflow: '3.17.2', onnx: '1.23.2', onnxruntime: '1.32.0', python: '3.11.2' }

interface Port {
  name: string
  dtype: string
  shape: readonly number[]
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
export function mlflowFiles(version: ModelVersion): { path: string; text: string }[] {
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
      },
    },
  }
  const environment = {
    python: tried.python,
    build_dependencies: ['pip'],
    dependencies: ['-r requirements.txt'],
  }
  return [
    { path: 'MLmodel', text: stringify(mlmodel) },
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

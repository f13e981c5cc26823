import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '../core/domain/random.ts'
import { openEngine } from '../core/host/engine.ts'
import { architectures } from '../core/training/architectures/index.ts'
import { wasmBackend } from '../core/training/backends/wasm.ts'
import { exportOnnx } from '../core/training/onnx/export-onnx.ts'
import { answerOf, savedClassifier } from '../core/training/onnx/testing/saved-models.ts'
import { mlflowEnvironment } from './mlflow.ts'
import { pythonWith } from './python-environment.ts'

const found = await pythonWith('mlflow-onnx-3.17.2', [
  'mlflow==3.17.2',
  'onnx==1.23.2',
  'onnxruntime==1.32.0',
])
const missing = 'missing' in found ? found.missing : ''
const python = 'python' in found ? found.python : ''

const script = `
import json, sys
import numpy as np, mlflow, onnxruntime
folder, shape = sys.argv[1], json.loads(sys.argv[2])
values = np.fromfile(folder + '/input', dtype='<f4').reshape(shape)
model = mlflow.onnx.load_model(folder + '/model')
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=['CPUExecutionProvider'])
direct = session.run(None, {session.get_inputs()[0].name: values})[0]
function = mlflow.pyfunc.load_model(folder + '/model')
answer = function.predict({session.get_inputs()[0].name: values})
info = mlflow.models.get_model_info(folder + '/model')
loaded = mlflow.models.Model.load(folder + '/model')
example = loaded.load_input_example(folder + '/model')
example = example if isinstance(example, dict) else {session.get_inputs()[0].name: example}
example = {name: np.asarray(one, dtype='float32') for name, one in example.items()}
of_example = function.predict(example)
print(json.dumps({'direct': direct.reshape(-1).tolist(),
                  'function': np.asarray(list(answer.values())[0]).reshape(-1).tolist(),
                  'example': np.asarray(list(of_example.values())[0]).reshape(-1).tolist(),
                  'inputs': info.signature.inputs.to_dict(),
                  'flavors': sorted(info.flavors),
                  'labels': info.metadata['glyphlab']['labels']}))
`

let work: string
beforeAll(() => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-mlflow-folder-'))
})
afterAll(() => rmSync(work, { recursive: true, force: true }))

describe.skipIf(missing)(`in the real MLflow${missing && ` (skipped: ${missing})`}`, () => {
  it('an exported folder loads as onnx and as python_function, and answers as tfjs does to 1e-5', async () => {
    const { tf } = await wasmBackend.load()
    const [architecture] = architectures
    if (!architecture) throw new Error('there is no architecture')
    const saved = await savedClassifier(tf, work, architecture, 3)
    const { height, width } = saved.manifest.preprocessing
    const shape = [2, height, width, 3]
    const random = createRandom(1, 'mlflow')
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.next())
    const expected = answerOf(tf, saved, { values, shape })
    writeFileSync(path.join(work, 'input'), new Uint8Array(values.buffer))
    const file = path.join(work, 'model.onnx')
    writeFileSync(file, await exportOnnx(saved.directory, saved.manifest, '0'.repeat(64)))
    saved.model.dispose()

    let tried: number[] = []
    const engine = await openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
    try {
      const picture = path.join(import.meta.dirname, '../data/classify/hand-sign-2.JPG')
      await engine.call('models.import', {
        source: { kind: 'path', path: file },
        name: 'digits',
        example: { kind: 'path', path: picture },
      })
      const answer = await engine.call('models.tryExample', { reference: 'digits' })
      if (answer.kind === 'picture') tried = answer.prediction.probabilities.map((each) => each.probability)
      const target = path.join(work, 'model')
      await engine.call('models.export', { reference: 'digits', format: 'mlflow', path: target })
    } finally {
      await engine.close()
    }
    const output = execFileSync(python, ['-W', 'ignore', '-c', script, work, JSON.stringify(shape)], {
      encoding: 'utf8',
      env: { ...mlflowEnvironment(work), ORT_DISABLE_TELEMETRY: '1' },
      cwd: work,
      timeout: 110_000,
    })
    const answer = JSON.parse(output.trim().split('\n').at(-1) ?? '') as {
      direct: number[]
      function: number[]
      example: number[]
      inputs: { 'tensor-spec': { shape: number[] } }[]
      flavors: string[]
      labels: string[]
    }
    expect(answer.flavors).toEqual(['onnx', 'python_function'])
    expect(answer.labels).toEqual(saved.manifest.labels)
    expect(answer.inputs[0]?.['tensor-spec'].shape).toEqual([-1, height, width, 3])
    expect(tried).toHaveLength(answer.labels.length)
    for (const [at, value] of answer.example.entries())
      expect(Math.abs(value - (tried[at] ?? 0))).toBeLessThan(1e-5)
    for (const values of [answer.direct, answer.function]) {
      expect(values).toHaveLength(expected.length)
      for (const [at, value] of values.entries())
        expect(Math.abs(value - (expected[at] ?? 0))).toBeLessThan(1e-5)
    }
  }, 120_000)
})

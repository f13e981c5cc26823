import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recurrentCellName } from '../core/contract/index.ts'
import { createRandom } from '../core/domain/random.ts'
import { architectures } from '../core/training/architectures/index.ts'
import type { TensorFlow } from '../core/training/backends/backend.ts'
import { wasmBackend } from '../core/training/backends/wasm.ts'
import { exportOnnx } from '../core/training/onnx/export-onnx.ts'
import {
  answerOf,
  type SavedModel,
  savedClassifier,
  savedRecogniser,
} from '../core/training/onnx/testing/saved-models.ts'
import { pythonWith } from './python-environment.ts'

const found = await pythonWith('onnx-1.23.2', ['onnx==1.23.2', 'onnxruntime==1.32.0', 'numpy==2.4.6'])
const missing = 'missing' in found ? found.missing : ''
const python = 'python' in found ? found.python : ''

const script = `
import json, sys
import numpy as np, onnx, onnxruntime
folder = sys.argv[1]
for case in json.load(open(folder + '/cases.json')):
    file = folder + '/' + case['name'] + '.onnx'
    model = onnx.load(file)
    onnx.checker.check_model(model, full_check=True)
    props = {p.key: p.value for p in model.metadata_props}
    session = onnxruntime.InferenceSession(file, providers=['CPUExecutionProvider'])
    read = lambda kind: np.fromfile(folder + '/' + case['name'] + '.' + kind, dtype='<f4')
    answer = session.run(None, {session.get_inputs()[0].name: read('input').reshape(case['shape'])})[0]
    difference = float(np.abs(answer.reshape(-1) - read('output')).max())
    print(json.dumps({'name': case['name'], 'difference': difference, 'opset': model.opset_import[0].version,
                      'labels': json.loads(props['glyphlab.labels']), 'input': [i.shape for i in session.get_inputs()]}))
`

interface PythonAnswer {
  name: string
  difference: number
  opset: number
  labels: string[]
}

let work: string
let tf: TensorFlow
beforeAll(async () => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-python-'))
  tf = (await wasmBackend.load()).tf
})
afterAll(() => rmSync(work, { recursive: true, force: true }))

/** Writes the model, an input and tfjs' answer to it. */
async function writeCase(name: string, version: SavedModel, shape: number[]): Promise<object> {
  const random = createRandom(1, name)
  const count = shape.reduce((product, size) => product * size, 1)
  const values = Float32Array.from({ length: count }, () => random.next())
  const write = (kind: string, content: Uint8Array) =>
    writeFileSync(path.join(work, `${name}.${kind}`), content)
  write('onnx', await exportOnnx(version.directory, version.manifest, '0'.repeat(64)))
  write('input', new Uint8Array(values.buffer))
  write('output', new Uint8Array(answerOf(tf, version, { values, shape }).buffer))
  version.model.dispose()
  return { name, shape }
}

describe.skipIf(missing)(`in Python's onnxruntime${missing && ` (skipped: ${missing})`}`, () => {
  it('every architecture passes the checker of onnx, and answers as tfjs does to 1e-5', async () => {
    const cases: object[] = []
    for (const architecture of architectures) {
      const version = await savedClassifier(tf, work, architecture, 3)
      const { height, width } = version.manifest.preprocessing
      cases.push(await writeCase(architecture.id, version, [3, height, width, 3]))
    }
    const recognisers = recurrentCellName.options.map((cell) => ({ name: `line-recogniser-${cell}`, cell }))
    for (const { name, cell } of recognisers) {
      const recogniser = await savedRecogniser(tf, work, ['a', 'ß', ' '], { cell })
      cases.push(await writeCase(name, recogniser, [2, 40, 120, 1]))
    }
    writeFileSync(path.join(work, 'cases.json'), JSON.stringify(cases))
    const output = execFileSync(python, ['-c', script, work], {
      encoding: 'utf8',
      env: { ...process.env, ORT_DISABLE_TELEMETRY: '1' },
    })
    const answers = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as PythonAnswer)
    expect(answers.map(({ name }) => name)).toEqual([
      ...architectures.map(({ id }) => id),
      ...recognisers.map(({ name }) => name),
    ])
    for (const { difference, opset } of answers) {
      expect(opset).toBe(17)
      expect(difference).toBeLessThan(1e-5)
    }
    expect(answers.at(-1)?.labels).toEqual(['a', 'ß', ' '])
  })
})

import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { loadClassifier } from './classifier.ts'
import { chooseEngine } from './inference-choice.ts'
import { makeSmallModel, shippedPicture } from './testing/small-model.ts'

const name = 'hand-sign-2.JPG'
const pictures = [{ file: fileURLToPath(new URL(`../../data/classify/${name}`, import.meta.url)), name }]

describe('a model in onnxruntime', () => {
  afterEach(() => {
    delete process.env['GLYPHLAB_INFERENCE']
  })

  it('gives the classes of tfjs, and its probabilities to 1e-5', async () => {
    const { directory, labels } = await makeSmallModel()
    const bytes = await shippedPicture(`classify/${name}`)
    const [tfjs, onnx] = [
      await loadClassifier(directory),
      await loadClassifier(directory, { engine: 'onnxruntime' }),
    ]
    expect([tfjs.engine, onnx.engine]).toEqual(['tfjs', 'onnxruntime'])
    const [expected, found] = [await tfjs.classify(bytes, name), await onnx.classify(bytes, name)]
    expect(found.label).toBe(expected.label)
    expect(found.probabilities).toHaveLength(labels.length)
    for (const [at, value] of found.probabilities.entries())
      expect(Math.abs(value - (expected.probabilities[at] ?? 0))).toBeLessThan(1e-5)
    tfjs.dispose()
    onnx.dispose()
  })

  it('is verified at each load: a changed byte is found, and the file is named', async () => {
    const { directory } = await makeSmallModel()
    const file = join(directory, 'weights.bin')
    const bytes = await readFile(file)
    bytes[5] = (bytes[5] ?? 0) ^ 1
    await writeFile(file, bytes)
    await expect(loadClassifier(directory, { engine: 'onnxruntime' })).rejects.toMatchObject({
      code: 'DAMAGED',
      message: expect.stringContaining('weights.bin'),
    })
  })

  it('is timed beside tfjs, and the faster one is chosen when both answer alike', async () => {
    const { directory } = await makeSmallModel()
    const { engine, milliseconds, difference } = await chooseEngine(directory, pictures)
    const { tfjs, onnxruntime } = milliseconds
    expect(difference).toBeLessThan(1e-5)
    expect(engine).toBe((onnxruntime ?? Number.NaN) < (tfjs ?? Number.NaN) ? 'onnxruntime' : 'tfjs')
    for (const fixed of ['tfjs', 'onnxruntime'] as const) {
      process.env['GLYPHLAB_INFERENCE'] = fixed
      expect(await chooseEngine(directory, pictures)).toMatchObject({ engine: fixed })
    }
  })

  it('is answered by tfjs where onnxruntime can not be loaded, and that is said', async () => {
    const { directory } = await makeSmallModel()
    const { stdout, stderr } = await inProcess(directory, ['--import', withoutOnnxruntime])
    expect(JSON.parse(stdout)).toMatchObject({ engine: 'tfjs' })
    expect(stderr).toMatch(/onnxruntime can't be loaded on .* \(no such library\)\. TensorFlow\.js answers/)
    await rm(dirname(directory), { recursive: true })
  })

  it.skipIf(process.platform !== 'linux')(
    'sends nothing home: no file of telemetry, no connection',
    async () => {
      const { directory } = await makeSmallModel()
      const home = await mkdtemp(join(tmpdir(), 'glyphlab-home-'))
      const { stdout } = await inProcess(directory, [], { HOME: home })
      expect(JSON.parse(stdout)).toMatchObject({ engine: 'onnxruntime', connections: [], files: [] })
      expect(await readdir(home, { recursive: true })).toEqual([])
      await rm(home, { recursive: true })
      await rm(dirname(directory), { recursive: true })
    },
  )
})

/** A resolver, as Node takes it, that does not find onnxruntime. */
const hooks = `export function resolve(name, context, next) {
  if (name === 'onnxruntime-node') throw new Error('no such library')
  return next(name, context)
}`
const moduleOf = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`
const withoutOnnxruntime = moduleOf(
  `import { register } from 'node:module'; register(${JSON.stringify(moduleOf(hooks))})`,
)

/** A fresh process that classifies with the model, in onnxruntime if it can. */
function inProcess(directory: string, flags: string[], env: Record<string, string> = {}) {
  const script = fileURLToPath(new URL('testing/onnx-process.ts', import.meta.url))
  return promisify(execFile)(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', ...flags, script, directory],
    { env: { PATH: process.env['PATH'] ?? '', ...env } },
  )
}

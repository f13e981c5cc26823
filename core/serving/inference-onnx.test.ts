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
    const { engine, milliseconds, difference } = await chooseEngine(directory)
    const { tfjs, onnxruntime } = milliseconds
    expect(difference).toBeLessThan(1e-5)
    expect(engine).toBe((onnxruntime ?? Number.NaN) < (tfjs ?? Number.NaN) ? 'onnxruntime' : 'tfjs')
    for (const fixed of ['tfjs', 'onnxruntime'] as const) {
      process.env['GLYPHLAB_INFERENCE'] = fixed
      expect(await chooseEngine(directory)).toMatchObject({ engine: fixed })
    }
  })

  it.skipIf(process.platform !== 'linux')(
    'sends nothing home: no file of telemetry, no connection',
    async () => {
      const { directory } = await makeSmallModel()
      const home = await mkdtemp(join(tmpdir(), 'glyphlab-home-'))
      const script = fileURLToPath(new URL('testing/onnx-process.ts', import.meta.url))
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', script, directory],
        { env: { PATH: process.env['PATH'] ?? '', HOME: home } },
      )
      expect(JSON.parse(stdout)).toMatchObject({ engine: 'onnxruntime', connections: [], files: [] })
      expect(await readdir(home, { recursive: true })).toEqual([])
      await rm(home, { recursive: true })
      await rm(dirname(directory), { recursive: true })
    },
  )
})

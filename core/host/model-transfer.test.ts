import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { FileSource, ModelVersion } from '../contract/index.ts'
import { makeSmallModel } from '../serving/testing/small-model.ts'
import { readManifest } from '../training/model-files.ts'
import { exportOnnx } from '../training/onnx/export-onnx.ts'
import { OnnxGraph } from '../training/onnx/onnx-graph.ts'
import { type Engine, openEngine } from './engine.ts'

const data = path.join(import.meta.dirname, '..', '..', 'data')
const picture: FileSource = { kind: 'path', path: path.join(data, 'classify', 'hand-sign-2.JPG') }

let work: string
let engine: Engine
const source = (name: string): FileSource => ({ kind: 'path', path: path.join(work, name) })

beforeAll(async () => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-transfer-'))
  engine = await openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
})
afterAll(async () => {
  await engine.close()
  rmSync(work, { recursive: true, force: true })
})

async function ended(jobId: string): Promise<Record<string, unknown>> {
  await vi.waitFor(
    async () => {
      const { status } = await engine.call('jobs.get', { jobId })
      if (status === 'queued' || status === 'running') throw new Error(`the job is ${status}`)
    },
    { timeout: 100_000, interval: 50 },
  )
  const job = await engine.call('jobs.get', { jobId })
  expect(job).toMatchObject({ status: 'succeeded', error: null })
  return job.result ?? {}
}

const probabilitiesOf = async (reference: string): Promise<number[]> => {
  const [prediction] = await engine.call('models.predict', { reference, files: [picture] })
  expect(prediction?.error).toBeNull()
  return (prediction?.probabilities ?? []).map(({ probability }) => probability)
}

const expectClose = (found: readonly number[], expected: readonly number[]) => {
  expect(found).toHaveLength(expected.length)
  for (const [at, value] of found.entries()) expect(Math.abs(value - (expected[at] ?? 0))).toBeLessThan(1e-5)
}

describe('a model that was trained here', () => {
  let trained: ModelVersion
  beforeAll(async () => {
    const folder = path.join(data, 'datasets', 'sign-language-digits')
    const imported = await engine.call('datasets.import', {
      source: { kind: 'path', path: folder },
      name: 'Signs',
    })
    const { datasetVersionId } = await ended(imported.jobId)
    const { jobId, runId } = await engine.call('training.start', {
      datasetVersionId: String(datasetVersionId),
      backend: 'wasm',
      options: { epochs: 1 },
    })
    await ended(jobId)
    trained = await engine.call('models.register', { runId, name: 'signs', alias: 'champion' })
  })

  it('was timed on both engines when it was registered, and answers with the faster one', () => {
    const { inference } = trained
    expect(inference?.difference).toBeLessThan(1e-5)
    const { tfjs, onnxruntime } = inference?.milliseconds ?? {}
    expect(inference?.engine).toBe(
      (onnxruntime ?? Number.NaN) < (tfjs ?? Number.NaN) ? 'onnxruntime' : 'tfjs',
    )
  })

  it('leaves as ONNX, and comes back without a word of explanation', async () => {
    const file = path.join(work, 'signs.onnx')
    const written = await engine.call('models.export', {
      reference: 'signs@champion',
      format: 'onnx',
      path: file,
    })
    expect(written).toEqual({ path: file, format: 'onnx', bytes: readFileSync(file).length })
    const back = await engine.call('models.import', {
      source: source('signs.onnx'),
      name: 'back',
      alias: 'champion',
    })
    expect(back).toMatchObject({
      format: 'onnx',
      labels: trained.labels,
      preprocessing: trained.preprocessing,
      importedFrom: 'signs.onnx',
      runId: null,
      aliases: ['champion'],
      inference: { engine: 'onnxruntime' },
    })
    expectClose(await probabilitiesOf('back@champion'), await probabilitiesOf('signs@champion'))
    const again = path.join(work, 'again.onnx')
    await engine.call('models.export', { reference: 'back', format: 'onnx', path: again })
    expect(readFileSync(again).equals(readFileSync(file))).toBe(true)
    await expect(
      engine.call('models.export', { reference: 'back', format: 'tfjs', path: path.join(work, 'tfjs') }),
    ).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })

  it('leaves as tfjs files that are those of the version, never over another file', async () => {
    const folder = path.join(work, 'tfjs')
    await engine.call('models.export', { reference: 'signs', format: 'tfjs', path: folder })
    for (const { path: name, bytes } of trained.files)
      expect(readFileSync(path.join(folder, name))).toHaveLength(bytes)
    expect((await readManifest(folder)).labels).toEqual(trained.labels)
    for (const format of ['onnx', 'tfjs'] as const)
      await expect(
        engine.call('models.export', { reference: 'signs', format, path: folder }),
      ).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  it('can be timed again', async () => {
    process.env['GLYPHLAB_INFERENCE'] = 'tfjs'
    try {
      const again = await engine.call('models.measure', { reference: 'back' })
      // There is no other engine for it.
      expect(again.inference?.engine).toBe('onnxruntime')
    } finally {
      delete process.env['GLYPHLAB_INFERENCE']
    }
  })
})

describe('a model that was trained elsewhere', () => {
  it('needs its labels, gets its softmax, and is told apart by its digest', async () => {
    const { directory, labels } = await makeSmallModel()
    const whole = await exportOnnx(directory, await readManifest(directory), '')
    writeFileSync(path.join(work, 'foreign.onnx'), stripped(whole))
    const request = { source: source('foreign.onnx'), name: 'foreign' }
    await expect(engine.call('models.import', request)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('--labels'),
    })
    writeFileSync(path.join(work, 'labels.txt'), labels.join('\n'))
    const version = await engine.call('models.import', { ...request, labels: source('labels.txt') })
    expect(version.signature.output.values).toBe('probabilities')
    const [expected] = [await probabilitiesOf('foreign')]
    expect(expected?.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5)
    const exported = path.join(work, 'named.onnx')
    await engine.call('models.export', { reference: 'foreign', format: 'onnx', path: exported })
    const named = await engine.call('models.import', { source: source('named.onnx'), name: 'named' })
    expect(named.labels).toEqual(labels)
    expect(named.digest).not.toBe(version.digest)
    expectClose(await probabilitiesOf('named'), expected ?? [])
  })

  it('gets the input example that it is given, which it must answer', async () => {
    const given = { source: source('foreign.onnx'), name: 'exampled', options: {} }
    await expect(
      engine.call('models.import', { ...given, labels: source('labels.txt'), example: source('labels.txt') }),
    ).rejects.toThrow('labels.txt')
    expect((await engine.call('models.list', {})).map(({ name }) => name)).not.toContain('exampled')
    const version = await engine.call('models.import', {
      ...given,
      labels: source('labels.txt'),
      example: picture,
    })
    expect(version.inputExample).toMatchObject({ path: 'input-example.jpg', name: 'hand-sign-2.JPG' })
    const answer = await engine.call('models.tryExample', { reference: 'exampled' })
    const found = answer.kind === 'picture' ? answer.prediction.probabilities : []
    expectClose(
      found.map(({ probability }) => probability),
      await probabilitiesOf('exampled'),
    )
    // Without one it says so.
    await expect(engine.call('models.tryExample', { reference: 'foreign' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('has no input example'),
    })
  })

  it('with its channels first, a mean for each and logits, tells red from green from blue', async () => {
    const graph = new OnnxGraph()
    graph.node('Flatten', [graph.node('GlobalAveragePool', ['pixels'])], {}, 'scores')
    const input = { name: 'pixels', shape: ['n', 3, 16, 16] }
    const bytes = graph.toModel('colours', input, { name: 'scores', shape: ['n', 3] }, {})
    writeFileSync(path.join(work, 'colours.onnx'), bytes)
    writeFileSync(path.join(work, 'colours.txt'), 'red\r\ngreen\r\nblue\r\n')
    const version = await engine.call('models.import', {
      source: source('colours.onnx'),
      name: 'colours',
      labels: source('colours.txt'),
      options: { mean: [0.5, 0.25, 0.5], std: [0.1, 0.1, 0.1] },
    })
    expect(version.signature).toMatchObject({ input: { layout: 'nchw' }, output: { values: 'logits' } })
    const colours = { red: [200, 60, 60], green: [60, 200, 60], blue: [60, 60, 200] }
    for (const [name, [r = 0, g = 0, b = 0]] of Object.entries(colours)) {
      const file = path.join(work, `${name}.png`)
      await sharp({ create: { width: 20, height: 20, channels: 3, background: { r, g, b } } }).toFile(file)
      const files: FileSource[] = [{ kind: 'path', path: file }]
      const [prediction] = await engine.call('models.predict', { reference: 'colours', files })
      expect(prediction?.label).toBe(name)
      const logits = [r / 255 - 0.5, g / 255 - 0.25, b / 255 - 0.5].map((value) => Math.exp(value / 0.1))
      const sum = logits.reduce((total, value) => total + value, 0)
      expectClose(
        (prediction?.probabilities ?? []).map(({ probability }) => probability),
        logits.map((value) => value / sum),
      )
    }
    await expect(
      engine.call('models.predict', { reference: 'colours', files: [source('red.png')], decoding: {} }),
    ).rejects.toThrow('"colours" reads no lines')
  })

  it('reads lines when it is a recogniser, whose blank comes first and whose frames come before the batch', async () => {
    const graph = new OnnxGraph()
    // For each column: how much ink; between blank (paper) and the one character (ink).
    const ink = graph.node('ReduceMean', ['line'], { axes: [2], keepdims: 0 })
    const columns = graph.node('Transpose', [ink], { perm: [2, 0, 1] })
    const weights = graph.floats('weights', [1, 2], Float32Array.of(-40, 40))
    const biases = graph.floats('biases', [2], Float32Array.of(20, -20))
    graph.node('Add', [graph.node('MatMul', [columns, weights]), biases], {}, 'frames')
    const input = { name: 'line', shape: ['n', 1, 16, 'width'] }
    const bytes = graph.toModel('bars', input, { name: 'frames', shape: ['t', 'n', 2] }, {})
    writeFileSync(path.join(work, 'bars.onnx'), bytes)
    writeFileSync(path.join(work, 'bars.txt'), 'I\n')
    const version = await engine.call('models.import', {
      source: source('bars.onnx'),
      name: 'bars',
      labels: source('bars.txt'),
      options: { scale: -1 / 255, mean: [-1], blank: 'first' },
    })
    expect(version).toMatchObject({ kind: 'line-recogniser', preprocessing: { height: 16, width: 0 } })
    const bar = (left: number) => `<rect x="${left}" y="0" width="6" height="32" fill="black"/>`
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="32"><rect width="120" height="32" fill="white"/>${[10, 40, 70, 100].map(bar).join('')}</svg>`
    const file = path.join(work, 'bars.png')
    await sharp(Buffer.from(svg)).png().toFile(file)
    const [read] = await engine.call('models.predict', {
      reference: 'bars',
      files: [{ kind: 'path', path: file }],
    })
    expect(read).toMatchObject({ text: 'IIII', error: null })
    const language = { kind: 'path' as const, path: path.join(work, 'bars.txt') }
    const [searched] = await engine.call('models.predict', {
      reference: 'bars',
      files: [{ kind: 'path', path: file }],
      decoding: { beams: 8, language },
    })
    expect(searched).toMatchObject({ text: 'IIII', error: null })
  })

  it('a model that Keras saved is a version, and one with a layer that is not known is refused by its name', async () => {
    const saved = path.resolve(import.meta.dirname, '../training/keras/testing')
    const fromKeras = (name: string) => ({ kind: 'path' as const, path: path.join(saved, name) })
    writeFileSync(path.join(work, 'three.txt'), 'a\nb\nc\n')
    const version = await engine.call('models.import', {
      source: fromKeras('small.h5'),
      name: 'from keras',
      labels: source('three.txt'),
    })
    expect(version).toMatchObject({ format: 'tfjs', labels: ['a', 'b', 'c'], importedFrom: 'small.h5' })
    expect(version.inference).not.toBeNull()
    await expect(
      engine.call('models.import', { source: fromKeras('other.keras'), name: 'other' }),
    ).rejects.toThrow('other.keras: the layer "evening_out" (LayerNormalization) can not be taken over')
  })

  it('comes as a folder of tfjs files too, in shards of any name', async () => {
    const { directory, labels } = await makeSmallModel(5)
    const folder = path.join(work, 'layers')
    mkdirSync(folder)
    const weights = readFileSync(path.join(directory, 'weights.bin'))
    const topology = readFileSync(path.join(directory, 'model.json'), 'utf8')
    const shards = ['group1-shard1of2.bin', 'group1-shard2of2.bin']
    writeFileSync(
      path.join(folder, 'model.json'),
      topology.replace('"weights.bin"', shards.map((one) => `"${one}"`).join()),
    )
    writeFileSync(path.join(folder, shards[0] ?? ''), weights.subarray(0, 1000))
    writeFileSync(path.join(folder, shards[1] ?? ''), weights.subarray(1000))
    await expect(
      engine.call('models.import', { source: source('layers'), name: 'layers' }),
    ).rejects.toMatchObject({ message: expect.stringContaining('4 classes apart and does not name them') })
    writeFileSync(path.join(work, 'digits.txt'), labels.join('\n'))
    const version = await engine.call('models.import', {
      source: source('layers'),
      name: 'layers',
      labels: source('digits.txt'),
    })
    expect(version).toMatchObject({ format: 'tfjs', labels, importedFrom: 'layers', runId: null })
    expect(version.files.map(({ path: name }) => name)).toEqual(['model.json', ...shards])
    expect(version.inference?.difference).toBeLessThan(1e-5)
    // Its own folder says all that there is to say.
    await engine.call('models.import', { source: { kind: 'path', path: directory }, name: 'own' })
    expectClose(await probabilitiesOf('layers'), await probabilitiesOf('own'))
    writeFileSync(path.join(folder, shards[1] ?? ''), weights.subarray(1001))
    await expect(
      engine.call('models.import', { source: source('layers'), name: 'short', labels: source('digits.txt') }),
    ).rejects.toMatchObject({ code: 'DAMAGED', message: expect.stringContaining('shard2of2') })
  })

  it('is not registered when it does not run', async () => {
    const graph = new OnnxGraph()
    graph.node('NoSuchOperator', ['in'], {}, 'out')
    const bytes = graph.toModel('x', { name: 'in', shape: [1, 8, 8, 3] }, { name: 'out', shape: [1, 2] }, {})
    writeFileSync(path.join(work, 'broken.onnx'), bytes)
    writeFileSync(path.join(work, 'two.txt'), 'a\nb\n')
    await expect(
      engine.call('models.import', {
        source: source('broken.onnx'),
        name: 'broken',
        labels: source('two.txt'),
      }),
    ).rejects.toMatchObject({ code: 'UNSUPPORTED', message: expect.stringContaining('NoSuchOperator') })
    expect((await engine.call('models.list', {})).map(({ name }) => name)).not.toContain('broken')
  })

  it('is damaged when its file was changed, and is not used', async () => {
    const { directory, labels } = await makeSmallModel(21)
    const manifest = await readManifest(directory)
    writeFileSync(path.join(work, 'second.onnx'), await exportOnnx(directory, manifest, ''))
    const version = await engine.call('models.import', { source: source('second.onnx'), name: 'second' })
    expect(version.labels).toEqual(labels)
    const [file] = version.files
    const location = engine.services.blobs.locate(file?.hash ?? '')
    const folder = await engine.services.modelFolders.folder(engine.services.models.manifest('second', 1))
    for (const place of new Set([location?.file ?? '', path.join(folder, 'model.onnx')])) {
      const bytes = readFileSync(place)
      bytes[100] = (bytes[100] ?? 0) ^ 1
      rmSync(place)
      writeFileSync(place, bytes)
    }
    // A process that holds the model has verified it; the next one verifies it again.
    await engine.close()
    engine = await openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
    await expect(
      engine.call('models.predict', { reference: 'second', files: [picture] }),
    ).rejects.toMatchObject({ code: 'DAMAGED', message: expect.stringContaining('model.onnx') })
    expect(await engine.call('models.get', { reference: 'second' })).toMatchObject({ status: 'damaged' })
    // The remedy that the message names.
    await engine.call('models.import', { source: source('second.onnx'), name: 'second', alias: 'again' })
    expect(await probabilitiesOf('second@again')).toEqual(await probabilitiesOf('second/1'))
    expect(await engine.call('models.get', { reference: 'second/1' })).toMatchObject({ status: 'ready' })
    const [move] = await engine.call('models.aliasHistory', { model: 'second' })
    expect(move).toMatchObject({ reason: 'Registered with this alias', by: userInfo().username })
  })
})

/** Without `metadata_props`, which stand at the end: as another program writes it. */
function stripped(bytes: Uint8Array): Uint8Array {
  const mark = Buffer.from(bytes).indexOf('glyphlab.kind')
  // The field's tag and two lengths stand before the key.
  return bytes.subarray(0, Buffer.from(bytes).lastIndexOf(0x72, mark))
}

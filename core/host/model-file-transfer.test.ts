import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readBlob } from '../blobs/blob-files.ts'
import type { FileSource, ModelVersion } from '../contract/index.ts'
import { type Engine, openEngine } from './engine.ts'

const data = path.join(import.meta.dirname, '..', '..', 'data')
const picture: FileSource = { kind: 'path', path: path.join(data, 'classify', 'hand-sign-2.JPG') }

let work: string
let engine: Engine
let other: Engine
let version: ModelVersion
let file: string

const settled = async (jobId: string) => {
  const job = await engine.services.queue.settled(jobId)
  expect(job).toMatchObject({ status: 'succeeded', error: null })
  return job.result ?? {}
}
const from = (name: string): FileSource => ({ kind: 'path', path: path.join(work, name) })

beforeAll(async () => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-file-'))
  engine = await openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
  other = await openEngine(path.join(work, 'other'), pino({ level: 'silent' }))
  const source = { kind: 'path', path: path.join(data, 'datasets', 'sign-language-digits') } as const
  const { jobId } = await engine.call('datasets.import', { source, name: 'Signs *2*' })
  const datasetVersionId = String((await settled(jobId))['datasetVersionId'])
  const training = await engine.call('training.start', {
    datasetVersionId,
    backend: 'wasm',
    options: { epochs: 2, imageSize: 24 },
  })
  await settled(training.jobId)
  version = await engine.call('models.register', { runId: training.runId, name: 'signs' })
}, 60_000)
afterAll(async () => {
  await engine.close()
  await other.close()
  rmSync(work, { recursive: true, force: true })
})

const reference = 'signs/1'
const own = (name: string, bytes: Uint8Array | undefined): string => {
  const written = path.join(work, name)
  writeFileSync(written, bytes ?? '')
  return written
}

/** Of the pictures that the run was tested on, with its bytes. */
const exampleOf = async ({ inputExample, datasetVersionId }: ModelVersion) => {
  const { items } = await engine.call('datasets.samples', {
    versionId: datasetVersionId ?? '',
    subset: 'test',
    limit: 100,
  })
  const sample = items.find(({ hash }) => hash === inputExample?.hash)
  const location = engine.services.blobs.locate(inputExample?.hash ?? '')
  return { sample, bytes: location && (await readBlob(location, inputExample?.hash ?? '')) }
}

describe('the input example of a version', () => {
  it('is a picture of the test set, one of the files of the version, and answered by it', async () => {
    const { sample, bytes } = await exampleOf(version)
    expect(version.inputExample).toMatchObject({ path: 'input-example.jpg', bytes: bytes?.length })
    expect(version.inputExample?.name).toBe(path.posix.basename(sample?.path ?? ''))
    expect(version.files).toContainEqual(expect.objectContaining({ hash: version.inputExample?.hash }))
    const answer = await engine.call('models.tryExample', { reference })
    const [asked] = await engine.call('models.predict', {
      reference,
      files: [{ kind: 'path', path: own('example.jpg', bytes) }],
    })
    expect(answer).toMatchObject({
      kind: 'picture',
      prediction: { file: version.inputExample?.name, label: asked?.label, error: null },
    })
  })

  it('is damaged like any file of the version, by its name', async () => {
    const { runId } = version
    const twin = await engine.call('models.register', { runId: runId ?? '', name: 'twin' })
    expect(twin.digest).toBe(version.digest)
    const { bytes } = await exampleOf(twin)
    const location = engine.services.blobs.locate(twin.inputExample?.hash ?? '')
    if (!location || !bytes) throw new Error('the example has no file')
    const whole = readFileSync(location.file)
    const changed = Buffer.from(whole)
    changed[(location.offset ?? 0) + 100] = (changed[(location.offset ?? 0) + 100] ?? 0) ^ 1
    chmodSync(location.file, 0o644)
    writeFileSync(location.file, changed)
    try {
      await expect(engine.call('models.tryExample', { reference: 'twin' })).rejects.toMatchObject({
        code: 'DAMAGED',
      })
      expect(await engine.call('models.get', { reference: 'twin' })).toMatchObject({ status: 'damaged' })
    } finally {
      writeFileSync(location.file, whole)
    }
  })
})

describe('the card of a version', () => {
  it('is generated from the record: data, training, metrics with intervals, limits, a word on the licence', async () => {
    const { text, editedAt } = await engine.call('models.card', { reference })
    expect(editedAt).toBeNull()
    expect(text).toContain('# signs, version 1')
    expect(text).toContain('Signs \\*2\\* v1: 200 pictures')
    expect(text).toMatch(/\| epochs \| 2 \|/)
    expect(text).toMatch(/\| test\\_accuracy \| [\d.]+ \| [\d.]+ to [\d.]+ \|/)
    expect(text).toContain('It was measured on 20 pictures only')
    expect(text).toContain('## Licence')
  })

  it('keeps what a person writes, and goes back', async () => {
    const edited = await engine.call('models.setCard', { reference, text: '# Mine <script>' })
    expect(edited).toMatchObject({ text: '# Mine <script>', editedAt: expect.any(Number) })
    expect(await engine.call('models.card', { reference })).toEqual(edited)
    expect((await engine.call('models.setCard', { reference, text: null })).editedAt).toBeNull()
  })

  it('shows the description, and MLflow sees the same description and tags', async () => {
    const tags = { stage: 'test', owner: 'Ada' }
    await engine.call('models.setFacts', { reference, description: 'Reads hands.', tags })
    await engine.call('models.setFacts', { reference, tags: { stage: null } })
    expect(await engine.call('models.facts', { reference })).toEqual({
      description: 'Reads hands.',
      tags: { owner: 'Ada' },
    })
    expect((await engine.call('models.card', { reference })).text).toContain('Reads hands.')
    expect(engine.services.registry.version('signs', 1)).toMatchObject({ description: 'Reads hands.' })
  })
})

describe('a version as one file', () => {
  it('is written signed, and another Glyphlab makes the same version of it', async () => {
    file = path.join(work, 'signs.glyphmodel')
    const written = await engine.call('models.export', { reference, format: 'glyphmodel', path: file })
    expect(written.bytes).toBe(readFileSync(file).length)
    const back = await other.call('models.import', { source: from('signs.glyphmodel'), name: 'guest' })
    expect(back).toMatchObject({
      digest: version.digest,
      labels: version.labels,
      metrics: version.metrics,
      inputExample: version.inputExample,
      format: 'tfjs',
      importedFrom: 'signs.glyphmodel',
      datasetLabel: version.datasetLabel,
    })
    const facts = await other.call('models.facts', { reference: 'guest' })
    expect(facts).toMatchObject({ description: 'Reads hands.', tags: { owner: 'Ada' } })
    expect(facts.tags['glyphlab.signedBy']).toMatch(/^[0-9a-f]{64}$/)
    expect((await other.call('models.card', { reference: 'guest' })).text).toContain('# signs, version 1')
    const answers = async (asked: Engine, model: string) =>
      (await asked.call('models.predict', { reference: model, files: [picture] }))[0]?.probabilities.map(
        ({ probability }) => probability,
      )
    const [own, guest] = [await answers(engine, reference), await answers(other, 'guest')]
    for (const [at, value] of (own ?? []).entries()) expect(guest?.[at]).toBeCloseTo(value, 5)
  })

  it('is refused with the name of what was changed, wherever a byte is', async () => {
    const whole = readFileSync(file)
    // An entry is filled up to whole blocks: one of these has such a byte before it.
    const filling = ['signature.json', 'card.md', 'model/weights.bin']
      .map((name) => whole.lastIndexOf(name) - 1)
      .find((at) => whole[at] === 0)
    const places = {
      'card.md': whole.indexOf('## Licence'),
      'model/glyphlab-model.json': whole.indexOf('"format": "glyphlab-model/1"') + 12,
      'model/model.json': whole.indexOf('"modelTopology"') + 3,
      'model/weights.bin': whole.lastIndexOf('model/weights.bin') + 512 + 1_000,
      'glyphmodel.json': whole.indexOf('"exportedAt": "20') + 17,
      'signature.json': whole.indexOf('"signature": "') + 20,
      'tar file': whole.lastIndexOf('card.md') + 110,
      'between its files': filling ?? 0,
    }
    for (const [name, at] of Object.entries(places)) {
      const changed = Buffer.from(whole)
      changed[at] = (changed[at] ?? 0) ^ 1
      writeFileSync(path.join(work, 'changed.glyphmodel'), changed)
      await expect(
        other.call('models.import', { source: from('changed.glyphmodel'), name: 'changed' }),
        name,
      ).rejects.toMatchObject({ code: 'DAMAGED', message: expect.stringContaining(name) })
    }
    writeFileSync(path.join(work, 'short.glyphmodel'), whole.subarray(0, whole.length >> 1))
    await expect(
      other.call('models.import', { source: from('short.glyphmodel'), name: 'changed' }),
    ).rejects.toMatchObject({ code: 'DAMAGED' })
    expect((await other.call('models.list', {})).map(({ name }) => name)).toEqual(['guest'])
  })
})

describe('where a version went', () => {
  it('is told with its dataset, its run and its exports', async () => {
    const folder = path.join(work, 'mlflow')
    await engine.call('models.export', { reference, format: 'mlflow', path: folder })
    const mlmodel = parse(readFileSync(path.join(folder, 'MLmodel'), 'utf8')) as Record<string, unknown>
    expect(Object.keys(mlmodel['flavors'] as object)).toEqual(['onnx', 'python_function'])
    expect(await engine.call('models.lineage', { reference })).toMatchObject({
      dataset: { label: version.datasetLabel, id: version.datasetVersionId },
      run: { id: version.runId },
      exports: [
        { kind: 'file', form: 'mlflow', path: folder },
        { kind: 'file', form: 'glyphmodel', path: file },
      ],
    })
    expect(await other.call('models.lineage', { reference: 'guest' })).toMatchObject({
      dataset: { id: null },
      run: null,
      importedFrom: 'signs.glyphmodel',
      exports: [],
    })
  })

  it('as an MLflow model folder, another Glyphlab makes a version of that answers alike', async () => {
    const folder = path.join(work, 'mlflow')
    const back = await other.call('models.import', { source: { kind: 'path', path: folder }, name: 'flow' })
    expect(back).toMatchObject({
      labels: version.labels,
      importedFrom: 'mlflow',
      inputExample: version.inputExample,
    })
    const [here] = await engine.call('models.predict', { reference, files: [picture] })
    const [there] = await other.call('models.predict', { reference: 'flow', files: [picture] })
    for (const [i, { probability }] of (here?.probabilities ?? []).entries())
      expect(there?.probabilities[i]?.probability).toBeCloseTo(probability, 5)
    expect(here?.probabilities).toHaveLength(10)

    // A folder of MLflow's own has the tensor alone: its picture is made again from it.
    const tensorOnly = path.join(work, 'tensor')
    cpSync(folder, tensorOnly, { recursive: true })
    rmSync(path.join(tensorOnly, 'input-example.jpg'))
    const made = await other.call('models.import', { source: from('tensor'), name: 'tensor' })
    expect(made.inputExample).toMatchObject({ path: 'input-example.png', name: 'input_example.png' })
    const answerOf = async (name: string) => {
      const answer = await other.call('models.tryExample', { reference: name })
      return answer.kind === 'picture' ? answer.prediction.probabilities.map((each) => each.probability) : []
    }
    const ofPicture = await answerOf('flow')
    for (const [i, probability] of (await answerOf('tensor')).entries())
      expect(Math.abs(probability - (ofPicture[i] ?? 0))).toBeLessThan(0.02)
    expect(ofPicture).toHaveLength(10)
    // One that is no tensor of the model is left out; the model is a model all the same.
    writeFileSync(path.join(tensorOnly, 'input_example.json'), '{"inputs": [[1, 2]]}')
    writeFileSync(path.join(tensorOnly, 'serving_input_example.json'), 'none')
    expect(await other.call('models.import', { source: from('tensor'), name: 'none' })).toMatchObject({
      inputExample: null,
    })

    const strange = path.join(work, 'strange')
    mkdirSync(strange)
    const importing = () =>
      other.call('models.import', { source: { kind: 'path', path: strange }, name: 'strange' })
    writeFileSync(path.join(strange, 'MLmodel'), 'flavors:\n  sklearn:\n    pickled_model: model.pkl\n')
    await expect(importing()).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('strange: the model has no ONNX form (sklearn)'),
    })
    writeFileSync(path.join(strange, 'MLmodel'), 'flavors:\n  onnx:\n    data: ../signs.onnx\n')
    await expect(importing()).rejects.toThrow('../signs.onnx lies outside the folder')
    writeFileSync(path.join(strange, 'MLmodel'), '[')
    await expect(importing()).rejects.toThrow('strange/MLmodel: it does not say what the model is')
  })
})

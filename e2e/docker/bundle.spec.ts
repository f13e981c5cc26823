import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from '@playwright/test'
import { root } from '../../build/paths.ts'
import type {
  ModelVersion,
  OcrReading,
  Prediction,
  RowPrediction,
  VerifiedBundle,
} from '../../core/contract/index.ts'
import { goldenAnswers } from '../../core/domain/bundle.ts'
import { temporaryHome } from '../app.ts'
import { commandLine, serveLocally } from '../command-line.ts'
import { buildImage, type Container, docker, runWithFile, startContainer } from './container.ts'

const sample = (name: string) => path.join(root, 'data', name)

/** Below this, a figure in the app and in a server is the same. */
const tolerance = 1e-5

async function ask<T>({ url }: Pick<Container, 'url'>, endpoint: string, file: string): Promise<T> {
  const form = new FormData()
  form.append('image', new Blob([new Uint8Array(await readFile(file))]), path.basename(file))
  const response = await fetch(`${url}${endpoint}`, { method: 'POST', body: form })
  expect(response.status).toBe(200)
  return (await response.json()) as T
}

async function expectConfinedAndHealthy(container: Container): Promise<void> {
  expect(await container.exec('id', '-u')).not.toBe('0')
  expect(await container.inspect('{{.Config.User}}')).toBe('node')
  await expect
    .poll(() => container.inspect('{{.State.Health.Status}}'), { timeout: 60_000, intervals: [500] })
    .toBe('healthy')
}

/** A changed golden answer: the container must end with an error that names the input. */
async function expectToRefuseAChangedAnswer(tag: string, bundle: string, scratch: string): Promise<void> {
  const answers = goldenAnswers.parse(
    JSON.parse(await readFile(path.join(bundle, 'golden', 'expected.json'), 'utf8')),
  )
  const first = answers.items[0]
  if (!first) throw new Error('the bundle has no golden answers')
  if ('prediction' in first)
    first.prediction.probabilities[0] = (first.prediction.probabilities[0] ?? 0) + 0.001
  else if ('reading' in first) first.reading.text += ' and more'
  else throw new Error('a golden answer of another kind')
  const changed = path.join(scratch, 'expected.json')
  await writeFile(changed, JSON.stringify(answers), { mode: 0o644 })
  const { code, output } = await runWithFile(tag, '/app/golden/expected.json', changed)
  expect(code).toBe(1)
  expect(output).toContain(first.file)
  expect(output).not.toContain('"ready"')
}

/** Of the app, its local server and the container: the furthest that two of them are apart, over 200 pictures. */
async function expectTheSameOfEachPicture(home: string, container: Container): Promise<void> {
  const folder = sample('datasets/sign-language-digits')
  const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.join(parentPath, name))
  expect(files).toHaveLength(200)
  const inApp = await commandLine(home)<Prediction>('models', 'predict', 'Hand signs@champion', ...files)
  await using local = await serveLocally(home, 'Hand signs@champion')
  const predictAll = async (server: { url: string }) => {
    const predictions: Pick<Prediction, 'label' | 'probabilities'>[] = []
    for (const file of files) predictions.push(await ask(server, '/v1/predict', file))
    return predictions
  }
  const served = await Promise.all([predictAll(local), predictAll(container)])
  let furthest = 0
  for (const predictions of served)
    for (const [index, { label, probabilities }] of predictions.entries()) {
      const expected = inApp[index]
      expect([files[index], label]).toEqual([files[index], expected?.label])
      for (const [i, { probability }] of probabilities.entries())
        furthest = Math.max(
          furthest,
          Math.abs(probability - (expected?.probabilities[i]?.probability ?? Number.NaN)),
        )
    }
  measured(`app, local server and container over ${files.length} pictures: at most ${furthest} apart`)
  expect(furthest).toBeLessThanOrEqual(tolerance)
}

/** `deploy verify` is content with the bundle, and names a file of which one byte is changed. */
async function expectToBeVerified(home: string, bundle: string): Promise<void> {
  const [check] = await commandLine(home)<VerifiedBundle>('deploy', 'verify', bundle)
  expect(check).toMatchObject({ trusted: true, problems: [] })
  expect(check?.golden).toBeGreaterThan(0)
  const file = path.join(bundle, 'openapi.json')
  const before = await readFile(file)
  await writeFile(file, Buffer.concat([before, Buffer.from(' ')]))
  await expect(commandLine(home)('deploy', 'verify', bundle)).rejects.toThrow(
    'openapi.json: changed since the export',
  )
  await writeFile(file, before)
}

function report(what: string, overBase: number, { readyAfterMs, readySinceStartMs }: Container): void {
  measured(
    `${what}: image ${(overBase / 1e6).toFixed(1)} MB over its base, ready ${readySinceStartMs} ms after its start (${Math.round(readyAfterMs)} ms after docker run)`,
  )
}

function measured(text: string): void {
  test.info().annotations.push({ type: 'measured', description: text })
  console.log(text)
}

test("a model's container answers as the app does", async () => {
  await using home = await temporaryHome()
  const glyphlab = commandLine(home.path)
  const picture = sample('classify/hand-sign-2.JPG')
  await glyphlab('datasets', 'import', sample('datasets/sign-language-digits'), '--name', 'Hand signs')
  const [training] = await glyphlab<{ run: string }>(
    'train',
    '--dataset',
    'Hand signs',
    '--epochs',
    '2',
    '--backend',
    'wasm',
  )
  const [version] = await glyphlab<ModelVersion>(
    ...['models', 'register', training?.run ?? '', '--name', 'Hand signs', '--alias', 'champion'],
  )
  const [expected] = await glyphlab<Prediction>('models', 'predict', 'Hand signs@champion', picture)
  const bundle = path.join(home.path, 'bundle')
  await glyphlab('deploy', 'export', 'Hand signs@champion', '--target', 'docker', '--out', bundle)

  const tag = 'glyphlab-e2e-model'
  const overBase = await buildImage(tag, bundle)
  await using container = await startContainer(tag)
  report('classifier', overBase, container)
  expect(overBase).toBeLessThan(250e6)

  const answer = await ask<Omit<ModelVersion, 'labels'> & Prediction>(container, '/v1/predict', picture)
  expect(answer).toMatchObject({
    model: 'Hand signs',
    version: 1,
    digest: version?.digest,
    label: expected?.label,
  })
  expect(answer.probabilities.map(({ label }) => label)).toEqual(version?.labels)
  for (const [i, { probability }] of answer.probabilities.entries()) {
    expect(
      Math.abs(probability - (expected?.probabilities[i]?.probability ?? Number.NaN)),
    ).toBeLessThanOrEqual(tolerance)
  }
  const labels = JSON.parse(await container.inspect('{{json .Config.Labels}}')) as Record<string, string>
  expect(labels['org.glyphlab.digest']).toBe(version?.digest)
  await expectConfinedAndHealthy(container)
  expect(await (await fetch(`${container.url}/metrics`)).text()).toContain('outcome="success"} 1\n')
  await test.step('and so does the local server, of 200 pictures', () =>
    expectTheSameOfEachPicture(home.path, container))
  await expectToRefuseAChangedAnswer(tag, bundle, home.path)
  await docker('rmi', '-f', tag)
})

test('the container of a model of tables predicts as the app does', async () => {
  await using home = await temporaryHome()
  const glyphlab = commandLine(home.path)
  const table = path.join(home.path, 'sizes.csv')
  const rows = Array.from(
    { length: 120 },
    (_, i) => `${i % 40},${(i * 7) % 13},${i % 40 < 20 ? 'small' : 'large'}`,
  )
  await writeFile(table, `length,weight,size\n${rows.join('\n')}\n`)
  await glyphlab('datasets', 'import', table, '--name', 'sizes', '--target', 'size')
  const [training] = await glyphlab<{ run: string }>(
    ...['train', '--dataset', 'sizes', '--preset', 'mlp-classifier', '--epochs', '3', '--backend', 'wasm'],
  )
  await glyphlab('models', 'register', training?.run ?? '', '--name', 'sizes', '--alias', 'champion')
  const asked = path.join(home.path, 'asked.csv')
  await writeFile(asked, 'length,weight\n3,2\n')
  const [expected] = await glyphlab<RowPrediction>('models', 'predict', 'sizes@champion', asked)
  const bundle = path.join(home.path, 'bundle')
  await glyphlab('deploy', 'export', 'sizes@champion', '--target', 'compose,kubernetes', '--out', bundle)
  await expectToBeVerified(home.path, bundle)

  const tag = 'glyphlab-e2e-table'
  const overBase = await buildImage(tag, bundle)
  await using container = await startContainer(tag)
  report('model of tables', overBase, container)
  expect(overBase).toBeLessThan(250e6)
  const response = await fetch(`${container.url}/v1/predict`, {
    method: 'POST',
    body: JSON.stringify({ rows: [{ length: 3, weight: 2 }] }),
  })
  const { predictions } = (await response.json()) as { predictions: RowPrediction[] }
  expect(predictions[0]?.label).toBe(expected?.label)
  for (const [i, { probability }] of (predictions[0]?.probabilities ?? []).entries())
    expect(
      Math.abs(probability - (expected?.probabilities[i]?.probability ?? Number.NaN)),
    ).toBeLessThanOrEqual(tolerance)
  await docker('rmi', '-f', tag)
})

test('the container of the OCR engine reads as the app does', async () => {
  await using home = await temporaryHome()
  const glyphlab = commandLine(home.path)
  const picture = sample('ocr/phototest.tif')
  const [expected] = await glyphlab<OcrReading>('ocr', picture)
  const bundle = path.join(home.path, 'bundle')
  await glyphlab('deploy', 'export', 'ocr', '--target', 'docker', '--out', bundle)
  await expectToBeVerified(home.path, bundle)

  const tag = 'glyphlab-e2e-ocr'
  const overBase = await buildImage(tag, bundle)
  await using container = await startContainer(tag)
  report('OCR', overBase, container)
  expect(overBase).toBeLessThan(250e6)

  type Answer = OcrReading & { request_id: string }
  const answer = await ask<Answer>(container, '/v1/ocr', picture)
  // A page in the app holds no letters of its words, and its language is its job's.
  const words = answer.words.map(({ symbols: _, ...word }) => word)
  const { request_id: _, durationMs: __, language, ...same } = answer
  expect(language).toBe('eng')
  expect(expected).toMatchObject({ ...same, words })
  expect(words.length).toBeGreaterThan(0)
  {
    await using local = await serveLocally(home.path, 'ocr')
    const { request_id: _, durationMs: __, ...readLocally } = await ask<Answer>(local, '/v1/ocr', picture)
    expect(readLocally).toEqual({ ...same, language })
  }
  await expectConfinedAndHealthy(container)
  expect(await (await fetch(`${container.url}/metrics`)).text()).toContain(
    'ocr_predictions_total{outcome="success"} 1\n',
  )
  await expectToRefuseAChangedAnswer(tag, bundle, home.path)
  await docker('rmi', '-f', tag)
})

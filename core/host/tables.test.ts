import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { DatasetVersion, Reproduction, RowPrediction, TableRow } from '../contract/index.ts'
import { createRandom } from '../domain/random.ts'
import { log } from './cli/verb.ts'
import { connectEngine, type EngineClient } from './engine-client.ts'

const cli = path.join(import.meta.dirname, 'cli.ts')
let folder: string
let home: string
let client: EngineClient
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-tables-'))
  home = path.join(folder, 'home')
  client = await connectEngine(home, log(false))
})
afterAll(async () => {
  await client.close()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** Runs `glyphlab` as a script would; its JSON lines. */
function glyphlab<T>(...args: string[]): Promise<{ lines: T[]; stderr: string; code: number }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', cli, ...args, '--json', '--home', home],
      (error, stdout, stderr) => {
        const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
        const code = typeof error?.code === 'number' ? error.code : 0
        resolve({ lines: lines.map((line) => JSON.parse(line) as T), stderr, code })
      },
    )
  })
}

/** Prices that follow from size and colour, with a few sizes missing. */
function priceTable(rows: number): string {
  const random = createRandom(1, 'prices')
  const lines = Array.from({ length: rows }, (_, row) => {
    const size = 20 + random.integer(100)
    const colour = ['red', 'green', 'blue'][random.integer(3)] ?? 'red'
    const price = size * 3 + (colour === 'red' ? 100 : 0) + random.next()
    return `r${String(row).padStart(4, '0')},${row % 29 === 0 ? '' : size},${colour},2024-03-${String(1 + (row % 28)).padStart(2, '0')},${price.toFixed(2)}`
  })
  const file = path.join(folder, `prices-${rows}.csv`)
  writeFileSync(file, `id,size,colour,day,price\n${lines.join('\n')}\n`)
  return file
}

it('a table is imported, browsed, trained on, its run reproduced, and its model asked about rows', async () => {
  const source = priceTable(300)
  const imported = await glyphlab<DatasetVersion>(
    'datasets',
    'import',
    source,
    '--name',
    'prices',
    '--target',
    'price',
  )
  const [version] = imported.lines
  expect(version?.table).toEqual({ target: { name: 'price', kind: 'number' }, columnCount: 3 })
  const versionId = version?.id ?? ''

  const page = await client.call('datasets.rows', {
    versionId,
    column: 'size',
    descending: true,
    search: 'red',
    limit: 5,
  })
  const sizes = page.items.map(({ cells }: TableRow) => cells[2])
  expect(sizes).toEqual([...sizes].sort((a, b) => Number(b) - Number(a)))
  expect(page.items.every(({ cells }) => cells[0] === 'red')).toBe(true)

  await expect(
    client.call('training.start', { datasetVersionId: versionId, preset: 'cnn-small' }),
  ).rejects.toThrow('use the preset "mlp-regressor"')

  const trained = await glyphlab<{ run: string; metrics: Record<string, number> }>(
    'train',
    '--dataset',
    'prices',
    '--epochs',
    '40',
  )
  const runId = trained.lines[0]?.run ?? ''
  const run = await client.call('runs.get', { runId })
  expect(run.metrics['test_r2']?.value).toBeGreaterThan(0.9)
  expect(run.params).toMatchObject({ preset: 'mlp-regressor', target: 'price', columns: '3' })
  expect(run.artifacts.map(({ path: name }) => name)).toContain('regression.json')

  const registered = await client.call('models.register', { runId, name: 'price', alias: 'champion' })
  expect(registered.inference?.milliseconds).toEqual({
    tfjs: expect.any(Number),
    onnxruntime: expect.any(Number),
  })
  expect(registered.inference?.difference).toBeLessThan(1e-5)
  expect(registered.inference?.reason).toMatch(/times as fast here, and both answer alike|asks for it/)
  const asked = path.join(folder, 'asked.csv')
  writeFileSync(asked, 'size,colour,day\n50,red,2024-03-05\n50,blue,2024-03-05\n,pink,2024-03-05\n')
  const { lines } = await glyphlab<RowPrediction>('models', 'predict', 'price@champion', asked)
  expect(lines[0]?.value).toBeGreaterThan(225)
  expect(lines[1]?.value).toBeLessThan(200)
  expect(lines[2]?.notes).toEqual(['colour "pink" was rare or unknown in training', 'size is missing'])
  writeFileSync(asked, 'size,day\n50,2024-03-05\n')
  await expect(
    client.call('models.predictRows', {
      reference: 'price@champion',
      source: { kind: 'path', path: asked },
    }),
  ).rejects.toThrow('asked.csv has no column "colour"')
  await expect(
    client.call('models.predictRows', {
      reference: 'price@champion',
      source: { kind: 'rows', rows: [{ size: 50, colour: 'red', day: '2024-03-05' }] },
    }),
  ).resolves.toMatchObject([{ line: 1, label: null }])

  const [fromApp] = await client.call('models.predictRows', {
    reference: 'price@champion',
    source: { kind: 'rows', rows: [{ size: 50, colour: 'red', day: '2024-03-05' }] },
  })
  const { id } = await client.call('deploy.serveLocal', { reference: 'price@champion' })
  const served = async () => (await client.call('deploy.local', {})).find((one) => one.id === id)
  await expect.poll(async () => (await served())?.message, { timeout: 20_000 }).toBe('Answers requests.')
  const address = (await served())?.address ?? ''
  const askServer = async (body: object) => {
    const response = await fetch(`${address}/v1/predict`, { method: 'POST', body: JSON.stringify(body) })
    return { status: response.status, body: await response.json() }
  }
  const { body } = await askServer({ rows: [{ size: 50, colour: 'red', day: '2024-03-05' }, { size: 50 }] })
  expect(body).toMatchObject({ model: 'price', version: 1 })
  expect(Math.abs(body.predictions[0].value - (fromApp?.value ?? Number.NaN))).toBeLessThan(1e-3)
  expect(body.predictions[1].notes).toContain('colour is missing')
  expect(await askServer({ rows: 7 })).toMatchObject({
    status: 400,
    body: { error: { code: 'INVALID_INPUT' } },
  })
  const tryPage = await (await fetch(`${address}/`)).text()
  expect(tryPage).toContain('Predict with price')
  // It offers the version's own example, a row of the test subset.
  const example = await client.call('models.tryExample', { reference: 'price@champion' })
  if (example.kind !== 'rows') throw new Error('the example of a table is a row')
  expect(example.rows.map(({ size }) => size)).toEqual([expect.any(Number)])
  const filledIn = JSON.stringify({ rows: example.rows }, null, 2).replaceAll('"', '&#34;')
  expect(tryPage).toContain(filledIn)
  expect((await askServer({ rows: example.rows })).body.predictions[0].value).toBeCloseTo(
    example.predictions[0]?.value ?? Number.NaN,
    3,
  )
  await client.call('deploy.stopLocal', { id })
  expect((await served())?.state).toBe('stopped')

  const exported = path.join(folder, 'price.onnx')
  const written = await glyphlab('models', 'export', 'price@champion', '--format', 'onnx', '--out', exported)
  expect(written.code, written.stderr).toBe(0)
  await expect(
    client.call('models.import', { source: { kind: 'path', path: exported }, name: 'again' }),
  ).rejects.toThrow('it is a model of tables')

  const one = path.join(folder, 'price.glyphmodel')
  await client.call('models.export', { reference: 'price@champion', format: 'glyphmodel', path: one })
  const copy = await client.call('models.import', { source: { kind: 'path', path: one }, name: 'copy' })
  expect(copy.digest).toBe(registered.digest)
  const [fromCopy] = await client.call('models.predictRows', {
    reference: 'copy',
    source: { kind: 'rows', rows: [{ size: 50, colour: 'red', day: '2024-03-05' }] },
  })
  expect(fromCopy).toEqual(fromApp)

  const again = await client.call('runs.reproduce', { runId })
  for (;;) {
    const { status } = await client.call('runs.get', { runId: again.runId })
    if (status === 'FINISHED') break
    expect(['SCHEDULED', 'RUNNING']).toContain(status)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  const verdict: Reproduction | null = await client.call('runs.reproduction', { runId: again.runId })
  expect(verdict?.verdict).toBe('identical')
}, 120_000)

it('gates judge a model of tables by its rows, and tell what they can not judge', async () => {
  const random = createRandom(2, 'kinds')
  const lines = Array.from({ length: 160 }, (_, row) => {
    const [size, kind] = [random.next() * 10, random.integer(2)]
    return `k${row},${(size + kind * 8).toFixed(2)},${(size * (kind + 1)).toFixed(2)},${kind === 0 ? 'small' : 'large'}`
  })
  const file = path.join(folder, 'kinds.csv')
  writeFileSync(file, `id,length,width,kind\n${lines.join('\n')}\n`)
  const [kinds] = (
    await glyphlab<DatasetVersion>('datasets', 'import', file, '--name', 'kinds', '--target', 'kind')
  ).lines
  const ended = async (jobId: string) => {
    const job = async () => await client.call('jobs.get', { jobId })
    await expect.poll(async () => (await job()).status, { timeout: 30_000 }).toBe('succeeded')
  }
  for (const epochs of [1, 40]) {
    const started = await client.call('training.start', {
      datasetVersionId: kinds?.id ?? '',
      backend: 'wasm',
      options: { epochs },
    })
    await ended(started.jobId)
    await client.call('models.register', { runId: started.runId, name: 'kinds' })
  }
  const place = { model: 'kinds', alias: 'champion' }
  await client.call('models.setAlias', { ...place, version: 1 })
  const rules = [
    { gate: 'better-than-champion', options: { above: -1 } },
    { gate: 'no-bad-slice', options: { least: 0.01 } },
    { gate: 'latency-limit', options: { milliseconds: 60_000, times: 3 } },
  ]
  await client.call('models.setGates', { ...place, rules })
  await ended((await client.call('models.checkGates', { ...place, version: 2 })).jobId)
  const report = await client.call('models.gateReport', { ...place, version: 2 })
  expect(report).toMatchObject({ passed: true, comparison: { table: true, sampleCount: 16 } })
  expect(report?.results[0]?.message).toMatch(/% of 16 rows: /)
  const { accuracy = 0, championAccuracy = 0, fixed = 0, broken = 0 } = report?.comparison ?? {}
  expect(Math.round((accuracy - championAccuracy) * 16)).toBe(fixed - broken)
  const { runId } = await client.call('models.get', { reference: 'kinds/2' })
  const measured = (await client.call('runs.get', { runId: runId ?? '' })).metrics['test_accuracy']
  expect(accuracy).toBeCloseTo(measured?.value ?? Number.NaN, 6)
  expect((await client.call('models.card', { reference: 'kinds/2' })).text).toContain('kinds v1: 160 rows (')

  const priced = { model: 'price', alias: 'champion' }
  await client.call('models.register', {
    runId: (await client.call('models.get', { reference: 'price' })).runId ?? '',
    name: 'price',
  })
  await client.call('models.setGates', { ...priced, rules: rules.slice(0, 1) })
  await ended((await client.call('models.checkGates', { ...priced, version: 2 })).jobId)
  const refused = await client.call('models.gateReport', { ...priced, version: 2 })
  expect(refused?.results[0]).toMatchObject({ passed: false })
  expect(refused?.results[0]?.message).toContain('price/2 tells a number and no class')
}, 120_000)

it('a study searches the options of a network for tables by the usual objective', async () => {
  const imported = await glyphlab<DatasetVersion>(
    'datasets',
    'import',
    priceTable(120),
    '--name',
    'few prices',
    '--target',
    'price',
  )
  const datasetVersionId = imported.lines[0]?.id ?? ''
  const space = { width: { kind: 'integer' as const, low: 8, high: 64, log: true } }
  await expect(client.call('tuning.start', { datasetVersionId, space, preset: 'cnn-small' })).rejects.toThrow(
    'use the preset "mlp-regressor"',
  )
  const { id } = await client.call('tuning.start', {
    datasetVersionId,
    options: { epochs: 6 },
    space,
    trials: 3,
  })
  for (;;) {
    const { study, trials } = await client.call('tuning.get', { studyId: id })
    if (study.status === 'running') {
      await new Promise((resolve) => setTimeout(resolve, 200))
      continue
    }
    expect(study).toMatchObject({ status: 'finished', objective: 'validation_loss' })
    expect(trials).toHaveLength(3)
    expect(study.best?.value).toBeGreaterThan(0)
    break
  }
}, 120_000)

it('rows are added to a table, and a table of other columns is refused by name', async () => {
  const add = (file: string) =>
    glyphlab<DatasetVersion & { error?: { code: string } }>(
      'datasets',
      'import',
      file,
      '--name',
      'growing',
      '--merge',
    )
  const [first] = (await add(priceTable(40))).lines
  const [grown] = (await add(priceTable(60))).lines
  expect(grown).toMatchObject({ number: 2, sampleCount: 60, parents: [first?.id], table: first?.table })
  const columns = await client.call('datasets.columns', { versionId: grown?.id ?? '' })
  expect(columns.find(({ name }) => name === 'size')?.missing).toBe(3)
  const other = path.join(folder, 'other.csv')
  writeFileSync(other, 'id,size,colour,price\nx,1,red,2\n')
  const refused = await add(other)
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('other.csv lacks columns') })
  expect(refused.stderr).toContain('day')
  const [lone] = (await glyphlab<DatasetVersion>('datasets', 'import', other, '--name', 'other')).lines
  await expect(
    client.call('datasets.transform', {
      versionId: grown?.id ?? '',
      steps: [{ kind: 'merge', versionId: lone?.id ?? '' }],
    }),
  ).rejects.toThrow('other v1 lacks columns of the table it is added to: day.')
  const versions = await client.call('datasets.versions', { datasetId: grown?.datasetId ?? '' })
  expect(versions.map(({ number }) => number).sort()).toEqual([1, 2])
})

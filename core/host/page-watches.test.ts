import { spawn } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Engine, openEngine } from './engine.ts'
import { takeUp } from './take-up.ts'

const cli = path.join(import.meta.dirname, 'cli.ts')
const data = path.resolve(import.meta.dirname, '../../data/ocr')
const start = () => openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
const patient = { timeout: 60_000, interval: 100 }

let work: string
let folder: string
let engine: Engine
beforeEach(async () => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-read-'))
  folder = path.join(work, 'scans 🐈')
  mkdirSync(path.join(folder, 'deeper'), { recursive: true })
  engine = await start()
})
afterEach(async () => {
  await engine.close()
  rmSync(work, { recursive: true, force: true, maxRetries: 5 })
})

const put = (name: string, from = 'simple.png') =>
  copyFileSync(path.join(data, from), path.join(folder, name))
const pages = async () =>
  Object.fromEntries(
    (await engine.call('pages.list', { offset: 0, limit: 100 })).items.map((page) => [
      page.name,
      page.status,
    ]),
  )

it('reads what comes into a folder, not what was there, also after a restart, and nothing once it is stopped', async () => {
  put('before.png')
  const watch = await engine.call('pages.watch', { path: folder })
  put('first.png')
  put('notes.txt')
  put('deeper/below.png')
  await expect.poll(pages, patient).toEqual({ 'first.png': 'read' })

  await engine.close()
  put('meanwhile.png')
  engine = await start()
  await takeUp(engine.services)
  await expect.poll(pages, patient).toEqual({ 'first.png': 'read', 'meanwhile.png': 'read' })
  expect(await engine.call('pages.watches', {})).toMatchObject([{ path: folder, files: 2, problem: null }])

  await engine.call('pages.unwatch', { watchId: watch.id })
  put('after.png')
  await new Promise((resolve) => setTimeout(resolve, 2_500))
  expect(Object.keys(await pages())).toHaveLength(2)
}, 90_000)

it('waits until a picture is written to its end, and names one that is broken', async () => {
  const whole = readFileSync(path.join(data, 'simple.png'))
  await engine.call('pages.watch', { path: folder, recursive: true })
  const slow = path.join(folder, 'deeper', 'slow.png')
  for (let part = 1; part <= 6; part += 1) {
    writeFileSync(slow, whole.subarray(0, (whole.length * part) / 6))
    await new Promise((resolve) => setTimeout(resolve, 400))
  }
  writeFileSync(path.join(folder, 'broken.png'), '')
  await expect.poll(pages, patient).toEqual({ 'slow.png': 'read', 'broken.png': 'failed' })
}, 90_000)

it('says that a folder is gone, and reads on when it is back', async () => {
  await engine.call('pages.watch', { path: folder, existing: true })
  const away = `${folder} away`
  renameSync(folder, away)
  await expect
    .poll(async () => (await engine.call('pages.watches', {}))[0]?.problem, patient)
    .toContain('is not there')
  renameSync(away, folder)
  put('back.png')
  await expect.poll(pages, patient).toEqual({ 'back.png': 'read' })
  expect((await engine.call('pages.watches', {}))[0]?.problem).toBeNull()
  await expect(engine.call('pages.watch', { path: path.join(work, 'nowhere') })).rejects.toThrow(
    'There is no folder',
  )
}, 90_000)

it('is a command that prints what comes', async () => {
  put('there.png')
  const home = path.join(work, 'of the command')
  const args = ['ocr', 'watch', folder, '--existing', '--json', '--home', home]
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', cli, ...args])
  let printed = ''
  child.stdout.on('data', (part: Buffer) => {
    printed += part.toString()
  })
  await expect.poll(() => printed, patient).toContain('"name":"there.png","text":"Tesseract.js\\n"')
  child.kill('SIGINT')
  await new Promise((resolve) => child.once('close', resolve))
}, 90_000)

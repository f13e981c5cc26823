import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Writable } from 'node:stream'
import { promisify } from 'node:util'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { costInWords, type OcrWord } from '../contract/index.ts'
import { type Engine, openEngine } from './engine.ts'
import { checkAgreement, takeKeychain } from './google-vision.ts'
import { listen } from './listen.ts'
import { createVisionApp, visionEngine } from './vision.ts'

const key = 'AIzaSecretKeyOfTheTest'
const picture = path.resolve('data/ocr/phototest.tif')

let folder: string
let engine: Engine
let other: Engine
let server: Awaited<ReturnType<typeof listen>>
let address: string
let asked = 0
let logged = ''

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'glyphlab own vision '))
  const sink = new Writable({
    write(chunk, _, done) {
      logged += String(chunk)
      done()
    },
  })
  engine = await openEngine(path.join(folder, 'home'), pino({ level: 'trace' }, sink))
  other = await openEngine(path.join(folder, 'server'), pino({ level: 'silent' }))
  server = await listen(createVisionApp(other.services, await visionEngine(other.services, 'tesseract')), {
    port: 0,
  })
  server.server.on('request', () => {
    asked += 1
  })
  address = `http://127.0.0.1:${server.port}`
}, 60_000)
afterAll(async () => {
  await server.close()
  await engine.close()
  await other.close()
  await rm(folder, { recursive: true, force: true })
})

const home = () => engine.services.home
const engines = async () => (await engine.call('pages.engines', {})).map(({ id }) => id)
const files = [{ kind: 'path' as const, path: picture }]

async function readPage(name: string) {
  const { jobId, pageIds } = await engine.call('pages.read', { files, engine: name })
  await expect
    .poll(async () => (await engine.call('jobs.get', { jobId })).status, { timeout: 60_000, interval: 50 })
    .toBe('succeeded')
  return engine.call('pages.get', { pageId: pageIds[0] ?? '' })
}

const plain = (words: readonly OcrWord[]) =>
  words.map(({ text, box, line, block }) => ({ text, box, line, block }))

describe('Google Cloud Vision as an engine', () => {
  it('sends nothing, and is not offered, before the user has agreed', async () => {
    const refused = { code: 'FORBIDDEN', message: expect.stringContaining('nothing was sent') }
    const all = () => engine.call('pages.read', { files, engine: 'google-vision' })
    await engine.call('googleVision.set', { address })
    await expect(all()).rejects.toMatchObject(refused)
    expect(await engine.call('googleVision.set', { key })).toMatchObject({ hasKey: true, ready: false })
    await expect(all()).rejects.toMatchObject(refused)
    await expect(engine.call('googleVision.cost', { files })).rejects.toMatchObject(refused)
    expect(await engines()).not.toContain('google-vision')
    expect((await engine.call('pages.list', {})).total).toBe(0)
    expect(asked).toBe(0)
  })

  it('reads the words and boxes that the server found, once it is agreed to', async () => {
    const before = Date.now()
    const status = await engine.call('googleVision.set', { agree: true })
    expect(status).toMatchObject({ ready: true, address })
    expect(status.agreedAt).toBeGreaterThanOrEqual(before)
    expect(await engines()).toContain('google-vision')
    const page = await readPage('google-vision')
    expect(page).toMatchObject({
      status: 'read',
      engine: 'google-vision',
      width: 640,
      height: 480,
      model: null,
    })
    expect(asked).toBe(1)
    const own = await readPage('tesseract')
    expect(plain(page.words)).toEqual(plain(own.words))
    expect(page.words).toHaveLength(60)
    for (const [at, { confidence }] of page.words.entries())
      expect(confidence).toBeCloseTo(own.words[at]?.confidence ?? 0, 6)
    expect(page.text).toBe(own.text)
  }, 90_000)

  it('says what it costs before', async () => {
    await engine.call('googleVision.set', { pricePerThousand: 2 })
    const cost = await engine.call('googleVision.cost', { files, pages: 9 })
    expect(cost).toMatchObject({ pages: 10, cost: 0.02 })
    expect(costInWords(cost)).toBe(
      `10 pages are sent to ${new URL(address).host}: $0.02 at $2.00 for 1,000 pages.`,
    )
  })

  it('keeps the key in a file of this account, out of the database, the log and every answer', async () => {
    const file = path.join(home(), 'keys', 'google-vision.key')
    expect(await readFile(file, 'utf8')).toBe(key)
    if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600)
    for (const name of (await readdir(home())).filter((one) => one.startsWith('glyphlab.sqlite')))
      expect((await readFile(path.join(home(), name))).includes(key)).toBe(false)
    await expect(engine.call('googleVision.set', { key: `${key} two` })).rejects.toThrow(/no key/)
    expect(logged).not.toContain(key)
    expect(JSON.stringify(await engine.call('googleVision.status', {}))).not.toContain(key)
  })

  it('takes only addresses to which the key may travel, and asks anew for another', async () => {
    for (const bad of ['vision', 'http://example.com', 'https://name:word@example.com', 'ftp://example.com'])
      await expect(engine.call('googleVision.set', { address: bad })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      })
    const moved = { address: 'https://vision.example.com/v1/images:annotate?key=x' }
    expect(await engine.call('googleVision.set', moved)).toMatchObject({
      address: 'https://vision.example.com',
      agreedAt: null,
      ready: false,
    })
    const back = await engine.call('googleVision.set', { address: `${address}/`, agree: true })
    expect(back).toMatchObject({ address, ready: true })
  })

  it('stops a reading that runs when the agreement is taken back or moved', async () => {
    const { services } = engine
    const running = { kind: 'google-vision' as const, address, keyFile: '' }
    checkAgreement(services, running)
    await engine.call('googleVision.set', { agree: false })
    expect(() => checkAgreement(services, running)).toThrow(/you have not agreed/)
    await engine.call('googleVision.set', { address: 'https://vision.example.com', agree: true })
    expect(() => checkAgreement(services, running)).toThrow(/was changed while this reading waited/)
    await engine.call('googleVision.set', { address, agree: true })
  })

  it('does not read a watched folder, where nobody sees the cost', async () => {
    const wanted = { path: path.dirname(picture), engine: 'google-vision' }
    await expect(engine.call('pages.watch', wanted)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })

  it('has its key encrypted from when the desktop gives its keychain, and reads with it', async () => {
    const { services } = engine
    const file = path.join(home(), 'keys', 'google-vision.key')
    expect((await engine.call('googleVision.status', {})).keyKept).toBe('file')
    takeKeychain(services, Buffer.alloc(32, 7))
    expect(await readFile(file, 'utf8')).toMatch(/^sealed:1:/)
    expect(await readFile(file, 'utf8')).not.toContain(key)
    expect(await engine.call('googleVision.status', {})).toMatchObject({ keyKept: 'keychain', ready: true })
    expect((await readPage('google-vision')).text).toContain('This is a lot of 12 point text')
    // Another keychain, and none: nothing is sent.
    for (const secret of [Buffer.alloc(32, 8), null]) {
      services.keychain.secret = secret
      expect(await engine.call('googleVision.status', {})).toMatchObject({ keyKept: 'locked', ready: false })
      const before = asked
      await expect(engine.call('googleVision.cost', { files })).rejects.toThrow(/only the desktop app opens/)
      expect(asked).toBe(before)
    }
    takeKeychain(services, Buffer.alloc(32, 8))
    expect(await engine.call('googleVision.set', { key })).toMatchObject({ keyKept: 'keychain', ready: true })
    expect(logged).not.toContain(Buffer.alloc(32, 8).toString('base64'))
  })

  it('hears of the keychain from the desktop, which starts the engine', async () => {
    const own = path.join(folder, 'desktop home')
    const file = path.join(own, 'keys', 'google-vision.key')
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, key)
    const args = ['core/host/engine-main.ts', '--home', own, '--parent-pipe']
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'] })
    child.stdin.write(`nonsense\n{"type":"keychain","secret":"${Buffer.alloc(32, 9).toString('base64')}"}\n`)
    await expect.poll(() => readFile(file, 'utf8'), { timeout: 20_000, interval: 50 }).toMatch(/^sealed:1:/)
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.stdin.end()
    expect(await ended).toBe(0)
  }, 30_000)

  it('is forgotten on request, with an entry in the audit log', async () => {
    expect(await engine.call('googleVision.remove', {})).toMatchObject({ hasKey: false, agreedAt: null })
    await expect(stat(path.join(home(), 'keys', 'google-vision.key'))).rejects.toThrow(/ENOENT/)
    await expect(engine.call('pages.read', { files, engine: 'google-vision' })).rejects.toThrow(/not agreed/)
    const { items } = await engine.call('engine.audit', {})
    expect(items.map(({ action }) => action).filter((one) => one.startsWith('vision'))).toEqual(
      expect.arrayContaining(['vision.agreed', 'vision.withdrawn']),
    )
  })

  it('is set up and used from the command line, which says the cost before it reads', async () => {
    const keyFile = path.join(folder, 'key.txt')
    await writeFile(keyFile, `${key}\n`)
    const run = (...args: string[]) =>
      promisify(execFile)(
        process.execPath,
        ['core/host/cli.ts', ...args, '--home', path.join(folder, 'cli home')],
        { timeout: 60_000 },
      )
    await expect(run('ocr', picture, '--engine', 'google-vision')).rejects.toMatchObject({
      stderr: expect.stringContaining('nothing was sent'),
    })
    const setup = await run('ocr', 'google-vision', '--key-file', keyFile, '--address', address, '--agree')
    expect(setup.stdout).toMatch(/You agreed on .*There is a key\.\nReady/s)
    expect(setup.stdout).not.toContain(key)
    const { stdout, stderr } = await run('ocr', picture, '--engine', 'google-vision')
    expect(stderr).toContain(`1 page is sent to ${new URL(address).host}: $0.0015 at $1.50 for 1,000 pages.`)
    expect(stdout).toContain('This is a lot of 12 point text')
  }, 120_000)
})

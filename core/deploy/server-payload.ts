import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { GlyphlabError, type InferenceEngine } from '../contract/index.ts'
import type { BundleManifest } from '../domain/bundle.ts'
import type { BundleWriter } from './bundle-writer.ts'
import type { BundledPackage } from './sbom.ts'

/** The packages that stay outside the bundled JavaScript: they have native parts or files of their own. */
function packagesFor(subject: Payload): string[] {
  if (subject.kind === 'ocr') return ['sharp', 'tesseract.js', 'tesseract.js-core']
  const engines = [subject.engine, ...(subject.further ?? []).map(({ engine }) => engine)]
  return engines.includes('onnxruntime') ? ['sharp', 'onnxruntime-node'] : ['sharp']
}

interface Answering {
  engine: InferenceEngine | null
}
type Payload =
  | { kind: 'ocr' }
  | (Answering & {
      kind: 'model' | 'line-recogniser' | 'table-classifier' | 'table-regressor'
      further?: readonly Answering[]
    })

/** What onnxruntime-node needs to install itself, and nothing needs to run it. */
const installOnly = new Set(['adm-zip', 'global-agent'])

/** Written by the build: the packages whose code is inside the bundled JavaScript. */
const bundledPackagesFile = 'bundled-packages.json'

interface PackageFile {
  version: string
  license?: string
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

/**
 * Writes `server/`: the bundled inference server with the packages that this kind of bundle needs. Where the packages
 * at hand hold no native part for Linux, it writes `package.json` and `package-lock.json` in their place, for the
 * image's build to install.
 * @returns the platform that the vendored packages run on, or `any`, and every package that the server consists of
 * @throws GlyphlabError UNAVAILABLE when the built server is not there or not whole
 */
export async function writeServer(
  writer: BundleWriter,
  serverDirectory: string,
  subject: Payload,
): Promise<{ platform: BundleManifest['platform']; packages: BundledPackage[] }> {
  if (!existsSync(join(serverDirectory, 'server-main.js'))) {
    throw incomplete(serverDirectory, 'server-main.js')
  }
  const roots = packagesFor(subject)
  const platform = vendoredPlatform(serverDirectory)
  const dependencies: Record<string, string> = {}
  for (const name of roots) {
    dependencies[name] = (await readPackage(serverDirectory, join('node_modules', name))).version
  }
  const description = { name: 'glyphlab-server', private: true, type: 'module', dependencies }
  await writer.write('server/package.json', `${JSON.stringify(description, null, 2)}\n`)

  const needed = platform === 'any' ? new Set<string>() : await packageClosure(serverDirectory, roots)
  await writer.copyDirectory('server', serverDirectory, (path) => isServed(path, needed))
  if (subject.kind !== 'ocr') await writer.copyDirectory('server/wasm', wasmFolder(serverDirectory), isWasm)
  for (const name of ['LICENSE', 'THIRD-PARTY-NOTICES.md']) {
    const source = join(serverDirectory, name)
    if (existsSync(source)) await writer.copy(name, source)
  }
  const bundled = await readJson<BundledPackage[]>(serverDirectory, bundledPackagesFile)
  const lock = await readJson<Lock>(serverDirectory, 'package-lock.json')
  if (platform !== 'any') {
    const vendored = [...needed].map((folder) => describePackage(serverDirectory, folder, lock))
    return { platform, packages: [...bundled, ...(await Promise.all(vendored))] }
  }
  const own = lockFor(lock, description)
  await writer.write('server/package-lock.json', `${JSON.stringify(own, null, 2)}\n`)
  const locked = Object.entries(own.packages).flatMap(([path, { version, license, integrity }]) =>
    version === undefined ? [] : [{ name: packageName(path), version, license, integrity }],
  )
  return { platform, packages: [...bundled, ...locked] }
}

const packageName = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

async function describePackage(serverDirectory: string, folder: string, lock: Lock): Promise<BundledPackage> {
  const { version, license } = await readPackage(serverDirectory, folder)
  return { name: packageName(folder), version, license, integrity: lock.packages[folder]?.integrity }
}

function vendoredPlatform(serverDirectory: string): BundleManifest['platform'] {
  const native = (platform: string) =>
    existsSync(join(serverDirectory, 'node_modules', '@img', `sharp-${platform}`))
  if (native('linux-x64')) return 'linux/amd64'
  if (native('linux-arm64')) return 'linux/arm64'
  return 'any'
}

const isWasm = (path: string) => path.endsWith('.wasm')

/** The backend's binaries: beside the server, or in the one part of their package that the build keeps. */
function wasmFolder(serverDirectory: string): string {
  const beside = join(serverDirectory, 'wasm')
  return existsSync(beside)
    ? beside
    : join(serverDirectory, 'node_modules', '@tensorflow', 'tfjs-backend-wasm', 'dist')
}

const writtenApart = [
  'package.json',
  'package-lock.json',
  bundledPackagesFile,
  'LICENSE',
  'THIRD-PARTY-NOTICES.md',
]

/** Leaves out what no container runs: source maps, language data (OCR brings its own), packages of the other kind. */
function isServed(path: string, needed: Set<string>): boolean {
  if (path.startsWith('node_modules/')) {
    const folder = path.slice(0, packageFolderLength(path))
    return needed.has(folder)
  }
  const part = path.split('/')[0] ?? ''
  return (
    !path.endsWith('.map') && !['languages', 'resources', 'wasm', '.inputs', ...writtenApart].includes(part)
  )
}

/** Length of the package's folder, `node_modules/name` or `node_modules/@scope/name`, the innermost when nested. */
function packageFolderLength(path: string): number {
  const start = path.lastIndexOf('node_modules/') + 'node_modules/'.length
  const name = /^(@[^/]+\/)?[^/]+/.exec(path.slice(start))?.[0] ?? ''
  return start + name.length
}

const readPackage = (serverDirectory: string, folder: string): Promise<PackageFile> =>
  readJson(serverDirectory, join(folder, 'package.json'))

async function readJson<T>(serverDirectory: string, file: string): Promise<T> {
  try {
    return JSON.parse(await readFile(join(serverDirectory, file), 'utf8')) as T
  } catch {
    throw incomplete(serverDirectory, file)
  }
}

/** Folders (from the server's folder, forward slashes) of the packages and of all that they depend on. */
async function packageClosure(serverDirectory: string, roots: readonly string[]): Promise<Set<string>> {
  const folders = new Set<string>()
  const visit = async (folder: string): Promise<void> => {
    const key = folder.split(sep).join('/')
    if (folders.has(key)) return
    folders.add(key)
    const { dependencies = {}, optionalDependencies = {} } = await readPackage(serverDirectory, folder)
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      if (installOnly.has(name)) continue
      const found = resolvePackage(serverDirectory, folder, name)
      if (found) await visit(found)
      else if (!(name in optionalDependencies)) throw incomplete(serverDirectory, join('node_modules', name))
    }
  }
  for (const name of roots) await visit(join('node_modules', name))
  return folders
}

/** As Node looks for it: in the package's own `node_modules`, then in those above. */
function resolvePackage(serverDirectory: string, from: string, name: string): string | null {
  for (
    let folder = join(serverDirectory, from);
    folder.startsWith(serverDirectory);
    folder = dirname(folder)
  ) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return relative(serverDirectory, candidate)
  }
  return null
}

interface LockedPackage {
  version?: string
  license?: string
  integrity?: string
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

interface Lock {
  packages: Record<string, LockedPackage>
}

/** The part of the build's lock that these dependencies need, for every platform, with the digests that npm checks. */
function lockFor(lock: Lock, description: { dependencies: Record<string, string> }): Lock {
  const packages: Record<string, LockedPackage> = { '': description }
  const visit = (from: string, name: string): void => {
    const path = lockedPath(lock.packages, from, name)
    const found = path === null ? undefined : lock.packages[path]
    if (path === null || !found || packages[path]) return
    packages[path] = found
    for (const next of Object.keys({ ...found.dependencies, ...found.optionalDependencies }))
      visit(path, next)
  }
  for (const name of Object.keys(description.dependencies)) visit('', name)
  return { ...lock, ...{ name: 'glyphlab-server', version: undefined }, packages }
}

/** Where npm puts `name` for the package at `from`: the innermost `node_modules` that has it. */
function lockedPath(packages: Record<string, unknown>, from: string, name: string): string | null {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const candidate = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`
    if (candidate in packages) return candidate
    if (folder === '') return null
  }
}

function incomplete(serverDirectory: string, file: string): GlyphlabError {
  return new GlyphlabError(
    'UNAVAILABLE',
    `${join(serverDirectory, file)} is missing, so there is no server to put into the bundle. Run "npm run build server" in a checkout; otherwise install Glyphlab again.`,
  )
}

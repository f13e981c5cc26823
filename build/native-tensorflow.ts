/**
 * `npm run setup:tensorflow`: installs native TensorFlow for the `tensorflow` backend into a cache of this checkout,
 * never into package.json.
 *
 * The ordinary install of @tensorflow/tfjs-node downloads the TensorFlow C library from a storage bucket. Where only
 * package registries can be reached that fails, and the same library is taken from PyPI's `tensorflow-cpu` wheel
 * (Linux on x64; needs python3 with pip, a C++ compiler and make).
 */
import { spawn } from 'node:child_process'
import { createWriteStream, existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Entry, type Options, open, type ZipFile } from 'yauzl'
import { checkoutCache } from '../core/training/backends/installed-package.ts'

const packageName = '@tensorflow/tfjs-node'
const packageVersion = '4.22.0'
/** The newest wheel with which the addon was seen to build, load and train. */
const wheelVersion = '2.21.0'

const root = fileURLToPath(new URL('..', import.meta.url))
const target = join(root, checkoutCache('tensorflow'))
const pathWithTools = `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`

interface RunOptions {
  cwd: string
  env?: Record<string, string>
}

/** Runs a command with its output on the terminal. @throws Error when it fails. */
async function run(command: string, parameters: string[], { cwd, env }: RunOptions): Promise<void> {
  console.log(`> ${command} ${parameters.join(' ')}`)
  const child = spawn(command, parameters, {
    cwd,
    env: { ...process.env, PATH: pathWithTools, ...env },
    stdio: 'inherit',
  })
  const [code] = await new Promise<[number | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (status) => resolve([status]))
  })
  if (code !== 0) throw new Error(`${command} ended with ${code ?? 'a signal'}`)
}

/** Loads the package in a process of its own, so that a broken library can't end this one, and multiplies with it. */
async function loads(folder: string): Promise<boolean> {
  const program = `const tf = require('${packageName}'); if (tf.scalar(2).mul(3).dataSync()[0] !== 6) process.exit(1)`
  try {
    await run(process.execPath, ['-e', program], { cwd: folder, env: { TF_CPP_MIN_LOG_LEVEL: '2' } })
    return true
  } catch {
    return false
  }
}

async function prepareFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const manifest = { private: true, allowScripts: { [packageName]: true, 'core-js': false } }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, null, 2))
}

async function ordinaryInstall(folder: string): Promise<boolean> {
  await prepareFolder(folder)
  try {
    await run('npm', ['install', `${packageName}@${packageVersion}`], { cwd: folder })
  } catch {
    return false
  }
  return loads(folder)
}

async function buildFromWheel(folder: string): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`Building from PyPI's wheel is possible on Linux x64 only, not on ${process.platform}.`)
  }
  await prepareFolder(folder)
  await run('npm', ['install', '--ignore-scripts', `${packageName}@${packageVersion}`], { cwd: folder })
  const addon = join(folder, 'node_modules', packageName)
  const downloads = await mkdtemp(join(tmpdir(), 'glyphlab-tensorflow-'))
  try {
    const wheel = await downloadWheel(downloads)
    await extractLibrary(wheel, join(addon, 'deps'))
  } finally {
    await rm(downloads, { recursive: true, force: true })
  }
  await linkLibraryNames(join(addon, 'deps/lib'))
  await run(join(folder, 'node_modules/.bin/node-pre-gyp'), ['install', '--build-from-source'], {
    cwd: addon,
    env: nodeHeaders(),
  })
  if (!(await loads(folder))) throw new Error('The addon was built but does not load.')
}

async function downloadWheel(folder: string): Promise<string> {
  // Any Python's wheel holds the same C library; naming one makes this independent of the Python installed here.
  const anyPython = ['--no-deps', '--only-binary=:all:', '--python-version=3.12', '--implementation=cp']
  const platform = '--platform=manylinux_2_27_x86_64'
  const wheel = `tensorflow-cpu==${wheelVersion}`
  await run('python3', ['-m', 'pip', 'download', ...anyPython, platform, '--dest', folder, wheel], {
    cwd: folder,
  })
  const file = (await readdir(folder)).find((name) => name.endsWith('.whl'))
  if (!file) throw new Error(`pip downloaded no wheel of ${wheel}`)
  return join(folder, file)
}

const libraries = ['tensorflow/libtensorflow_framework.so.2', 'tensorflow/libtensorflow_cc.so.2']
const headers = ['tensorflow/c/', 'tensorflow/core/platform/', 'tsl/', 'xla/tsl/c/', 'xla/tsl/platform/']

/** Where a file of the wheel belongs under `deps`, or null when the addon does not need it. */
function placeInDeps(name: string): string | null {
  if (libraries.includes(name)) return join('lib', basename(name))
  const include = 'tensorflow/include/'
  const wanted = headers.some((folder) => name.startsWith(include + folder)) && !name.endsWith('/')
  return wanted ? join('include', name.slice(include.length)) : null
}

async function extractLibrary(wheel: string, deps: string): Promise<void> {
  await rm(deps, { recursive: true, force: true })
  const zip = await promisify<string, Options, ZipFile>(open)(wheel, { lazyEntries: true })
  const openEntry = promisify<Entry, NodeJS.ReadableStream>(zip.openReadStream.bind(zip))
  const finished = new Promise<void>((resolve, reject) => {
    zip.once('end', resolve)
    zip.once('error', reject)
    zip.on('entry', (entry: Entry) => {
      extractEntry(entry).then(() => zip.readEntry(), reject)
    })
  })
  zip.readEntry()
  await finished

  async function extractEntry(entry: Entry): Promise<void> {
    const place = placeInDeps(entry.fileName)
    if (!place) return
    const file = join(deps, place)
    await mkdir(dirname(file), { recursive: true })
    await pipeline(await openEntry(entry), createWriteStream(file, { mode: 0o755 }))
  }
}

/** The names under which the addon's build and its installer look for the library. */
async function linkLibraryNames(folder: string): Promise<void> {
  await symlink('libtensorflow_framework.so.2', join(folder, 'libtensorflow_framework.so'))
  await symlink('libtensorflow_framework.so.2', join(folder, 'libtensorflow_framework.so.2.9.1'))
  await symlink('libtensorflow_cc.so.2', join(folder, 'libtensorflow.so'))
  await symlink('libtensorflow_cc.so.2', join(folder, 'libtensorflow.so.2.9.1'))
}

/**
 * The headers that came with the `node` package, so that the build downloads none. (`npm ci` brings them; a later
 * `npm install` may prune them, and then the build fetches them.)
 */
function nodeHeaders(): Record<string, string> {
  const require = createRequire(import.meta.url)
  const binaryPackage = join(
    dirname(require.resolve('node/package.json')),
    `node_modules/node-${process.platform}-${process.arch}`,
  )
  return existsSync(join(binaryPackage, 'include/node/node_api.h'))
    ? { npm_config_nodedir: binaryPackage }
    : {}
}

const fresh = `${target}.new`
if (!(await ordinaryInstall(fresh))) {
  console.log(
    `The ordinary install failed; building against the library in PyPI's tensorflow-cpu ${wheelVersion}.`,
  )
  await buildFromWheel(fresh)
}
await rm(target, { recursive: true, force: true })
await rename(fresh, target)
if (!(await loads(target))) throw new Error(`${packageName} does not load from ${target}.`)
console.log(`${packageName} ${packageVersion} is ready in ${target}`)

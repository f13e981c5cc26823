import { existsSync, readFileSync } from 'node:fs'
import { cp, readFile } from 'node:fs/promises'
import path from 'node:path'
import { nodeModules, root } from './paths.ts'

interface Manifest {
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest

/** Where `name` is found from a package in `from`, as Node looks for it; undefined when it is not installed. */
function resolveFrom(from: string, name: string): string | undefined {
  for (let folder = from; folder.startsWith(nodeModules); folder = path.dirname(folder)) {
    const candidate = path.join(folder, 'node_modules', name)
    if (existsSync(path.join(candidate, 'package.json'))) return candidate
  }
  const candidate = path.join(nodeModules, name)
  return existsSync(path.join(candidate, 'package.json')) ? candidate : undefined
}

/** What onnxruntime-node needs for its install script, which does not run. */
const installOnly = new Set(['adm-zip', 'global-agent'])

/**
 * The folders of packages and of all they depend on. Optional dependencies that npm did not install (other platforms)
 * are left out. @throws Error when a needed package is missing
 */
export function packageClosure(names: string[]): string[] {
  const found = new Set<string>()
  const visit = (folder: string) => {
    if (found.has(folder)) return
    found.add(folder)
    const { dependencies = {}, optionalDependencies = {} } = readManifest(folder)
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      if (installOnly.has(name)) continue
      const next = resolveFrom(folder, name)
      if (next) visit(next)
      else if (!(name in optionalDependencies))
        throw new Error(`${name}, needed by ${folder}, is not installed. Run "npm ci".`)
    }
  }
  for (const name of names) {
    const folder = resolveFrom(nodeModules, name)
    if (!folder) throw new Error(`${name} is not installed. Run "npm ci".`)
    visit(folder)
  }
  return [...found]
}

/** Files that no running program opens. */
const neverShipped = [
  /\.map$/,
  /\.d\.[cm]?ts$/,
  /\/(docs?|examples?|test|tests|benchmarks?|\.github)$/,
  /\/src\/[^/]*\.gyp/,
]

function wanted(file: string, skip: (relative: string) => boolean): boolean {
  const relative = path.relative(nodeModules, file).split(path.sep).join('/')
  return !neverShipped.some((pattern) => pattern.test(relative)) && !skip(relative)
}

/** Copies packages with all they need into `folder/node_modules`; `skip` leaves out files by their path below node_modules. */
export async function copyPackages(
  names: string[],
  folder: string,
  skip: (relative: string) => boolean = () => false,
): Promise<void> {
  for (const source of packageClosure(names)) {
    await cp(source, path.join(folder, 'node_modules', path.relative(nodeModules, source)), {
      recursive: true,
      dereference: true,
      filter: (file) => wanted(file, skip),
    })
  }
}

/**
 * The project's package-lock.json cut down to packages and all that they may need, on every platform: for an image
 * that installs them itself because the ones at hand are another platform's.
 */
export async function lockOf(names: string[]): Promise<string> {
  const lock = JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8')) as {
    lockfileVersion: number
    packages: Record<string, Manifest>
  }
  const kept: Record<string, Manifest> = {}
  const visit = (from: string, name: string) => {
    const nested = `${from}/node_modules/${name}`
    const key = from && lock.packages[nested] ? nested : `node_modules/${name}`
    const entry = lock.packages[key]
    if (!entry || kept[key]) return
    kept[key] = entry
    for (const next of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })) visit(key, next)
  }
  for (const name of names) visit('', name)
  const packages = Object.fromEntries(Object.entries(kept).sort(([a], [b]) => a.localeCompare(b)))
  const { lockfileVersion } = lock
  return `${JSON.stringify({ name: 'glyphlab-server', lockfileVersion, requires: true, packages }, null, 2)}\n`
}

/** The packages that some source files (paths from the checkout's root) are of: for a list of what a bundle holds. */
export async function packagesOf(sources: string[]): Promise<object[]> {
  const lock = JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version?: string; license?: string; integrity?: string }>
  }
  const folders = sources.flatMap(
    (source) => /^(.*\/)?node_modules\/(@[^/]+\/)?[^/]+/.exec(source)?.[0] ?? [],
  )
  return [...new Set(folders)].sort().map((folder) => {
    const { version, license, integrity } = lock.packages[folder] ?? {}
    if (version === undefined) throw new Error(`${folder} is not in package-lock.json. Run "npm ci".`)
    const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)
    return { name, version, license, integrity }
  })
}

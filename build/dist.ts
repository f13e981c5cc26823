import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { Arch, Platform, build as packageApp } from 'electron-builder'
import sharp from 'sharp'
import { build } from './build.ts'
import { electronRuntime } from './electron-runtime.ts'
import { dist, root } from './paths.ts'

async function drawIcon(): Promise<void> {
  const folder = path.join(dist, 'icons')
  await mkdir(folder, { recursive: true })
  const svg = await readFile(path.join(root, 'build', 'icon.svg'))
  await sharp(svg, { density: 144 }).resize(1024, 1024).png().toFile(path.join(folder, 'icon.png'))
}

/**
 * What to make: `--dir` only the unpacked folder (quick, for tests), names of electron-builder targets, or nothing for
 * the folder and the archive that need no other tool; `--all` for every target of the configuration.
 */
function targets(): string[] | undefined {
  const given = process.argv.slice(2)
  if (given.includes('--all')) return undefined
  if (given.includes('--dir')) return ['dir']
  const named = given.filter((word) => !word.startsWith('--'))
  return named.length > 0 ? named : ['dir', process.platform === 'win32' ? 'zip' : 'tar.gz']
}

async function sizeOf(folder: string): Promise<number> {
  const info = await stat(folder)
  if (!info.isDirectory()) return info.size
  let bytes = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += (await stat(path.join(entry.parentPath, entry.name))).size
  return bytes
}

await build()
await drawIcon()
const runtime = await electronRuntime()
if (runtime.origin === 'registry')
  console.log(`Packaging Electron ${runtime.version}: the release that ships could not be downloaded here.`)
const wanted = targets()
const arch = process.arch === 'arm64' ? Arch.arm64 : Arch.x64
const made = await packageApp({
  projectDir: root,
  targets: wanted
    ? Platform.current().createTarget(wanted, arch)
    : Platform.current().createTarget(null, arch),
  config: {
    extends: path.join(root, 'build', 'electron-builder.yml'),
    electronVersion: runtime.version,
    electronDist: runtime.folder,
  },
  publish: 'never',
})
for (const file of [path.join(root, 'release', 'linux-unpacked'), ...made])
  await sizeOf(file).then(
    (bytes) => console.log(`${path.relative(root, file)} (${Math.round(bytes / 1e6)} MB)`),
    () => undefined,
  )

import { cp, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { type AfterPackContext, Arch, Platform, build as packageApp } from 'electron-builder'
import sharp from 'sharp'
import { build } from './build.ts'
import { electronRuntime } from './electron-runtime.ts'
import { dist, root } from './paths.ts'
import { runOrThrow } from './run-command.ts'

const release = path.join(root, 'release')

async function drawIcon(): Promise<void> {
  const folder = path.join(dist, 'icons')
  await mkdir(folder, { recursive: true })
  const svg = await readFile(path.join(root, 'build', 'icon.svg'))
  await sharp(svg, { density: 144 }).resize(1024, 1024).png().toFile(path.join(folder, 'icon.png'))
}

/** Finishes the unpacked app before its fuses are set. */
async function completeApp({ appOutDir, packager }: AfterPackContext): Promise<void> {
  const resources = packager.getResourcesDir(appOutDir)
  // The app of a bare Electron; only ours may be loaded.
  await rm(path.join(resources, 'default_app.asar'), { force: true })
  // Outside the archive for the engine, when it serves the page to a browser. (As an extra resource it would be left
  // out of the archive.)
  await cp(path.join(dist, 'renderer'), path.join(resources, 'renderer'), {
    recursive: true,
    filter: (file) => !file.endsWith('.map') && path.basename(file) !== '.inputs',
  })
}

/** electron-builder would fetch a packer for this from GitHub. */
async function archive(folder: string, version: string): Promise<string> {
  const name = `glyphlab-${version}-linux-${process.arch}`
  const file = path.join(release, `${name}.tar.gz`)
  await runOrThrow('tar', ['-C', folder, '--transform', `s,^\\.,${name},`, '-czf', file, '.'])
  return file
}

async function sizeOf(folder: string): Promise<number> {
  const info = await stat(folder)
  if (!info.isDirectory()) return info.size
  let bytes = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += (await stat(path.join(entry.parentPath, entry.name))).size
  return bytes
}

const { values: options } = parseArgs({
  options: {
    /** Only the unpacked folder. */
    dir: { type: 'boolean' },
    /** Every target of electron-builder.yml for this platform; some fetch their packers. */
    all: { type: 'boolean' },
  },
})

await build()
await drawIcon()
const runtime = await electronRuntime({ release: true })
if (runtime.origin === 'registry')
  console.log(`Packaging Electron ${runtime.version}: the release that ships could not be downloaded here.`)
const arch = process.arch === 'arm64' ? Arch.arm64 : Arch.x64
const made = await packageApp({
  projectDir: root,
  targets: Platform.current().createTarget(options.all ? null : ['dir'], arch),
  config: {
    extends: path.join(root, 'build', 'electron-builder.yml'),
    electronVersion: runtime.version,
    electronDist: runtime.folder,
    afterPack: completeApp,
  },
  publish: 'never',
})
const unpacked = path.join(release, 'linux-unpacked')
if (process.platform === 'linux') {
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
    version: string
  }
  made.push(unpacked)
  if (!options.dir) made.push(await archive(unpacked, version))
}
for (const file of made)
  console.log(`${path.relative(root, file)} (${Math.round((await sizeOf(file)) / 1e6)} MB)`)

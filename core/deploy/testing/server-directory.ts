import { cp, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const checkout = fileURLToPath(new URL('../../../', import.meta.url))
const packages = ['sharp', 'detect-libc', 'semver', '@img/colour']

/**
 * A folder in `parent` laid out as the build lays out `dist/server`, with the installed packages of this platform or (`native:
 * false`) without their native parts, as on a system whose parts no container can run.
 */
export async function makeServerDirectory(
  parent: string,
  { native, onnxruntime = false }: { native: boolean; onnxruntime?: boolean },
): Promise<string> {
  const directory = await mkdtemp(join(parent, 'server '))
  const names = native ? [...packages, '@img/sharp-linux-x64', '@img/sharp-libvips-linux-x64'] : packages
  for (const name of names) {
    await cp(join(checkout, 'node_modules', name), join(directory, 'node_modules', name), { recursive: true })
  }
  if (onnxruntime) await copyOnnxruntime(directory)
  const wasm = join('node_modules', '@tensorflow', 'tfjs-backend-wasm', 'dist', 'tfjs-backend-wasm-simd.wasm')
  await cp(join(checkout, wasm), join(directory, wasm))
  await writeFile(join(directory, 'server-main.js'), 'console.log("server")\n')
  await writeFile(join(directory, 'server-main.js.map'), '{}')
  const bundled = [{ name: 'hono', version: '4.13.19', license: 'MIT' }]
  await writeFile(join(directory, 'bundled-packages.json'), JSON.stringify(bundled))
  await cp(join(checkout, 'LICENSE'), join(directory, 'LICENSE'))
  await cp(join(checkout, 'package-lock.json'), join(directory, 'package-lock.json'))
  return directory
}

/** As the build leaves it: this platform's binaries only, and nothing for the install script. */
async function copyOnnxruntime(directory: string): Promise<void> {
  const modules = join(checkout, 'node_modules')
  const binaries = join('bin', 'napi-v6', process.platform, process.arch)
  await cp(join(modules, 'onnxruntime-common'), join(directory, 'node_modules', 'onnxruntime-common'), {
    recursive: true,
  })
  for (const part of ['package.json', 'dist', binaries]) {
    const inside = join('onnxruntime-node', part)
    await cp(join(modules, inside), join(directory, 'node_modules', inside), { recursive: true })
  }
}

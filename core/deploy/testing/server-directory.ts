import { cp, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const checkout = fileURLToPath(new URL('../../../', import.meta.url))
const packages = ['sharp', 'detect-libc', 'semver', '@img/colour']

/**
 * A folder in `parent` laid out as the build lays out `dist/server`, with the installed packages of this platform or (`native:
 * false`) without their native parts, as on a system whose parts no container can run.
 */
export async function makeServerDirectory(parent: string, { native }: { native: boolean }): Promise<string> {
  const directory = await mkdtemp(join(parent, 'server '))
  const names = native ? [...packages, '@img/sharp-linux-x64', '@img/sharp-libvips-linux-x64'] : packages
  for (const name of names) {
    await cp(join(checkout, 'node_modules', name), join(directory, 'node_modules', name), { recursive: true })
  }
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

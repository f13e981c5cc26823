import { pathToFileURL } from 'node:url'
import { GlyphlabError } from '../../contract/index.ts'
import type { Backend, TensorFlow } from './backend.ts'
import { type InstalledPackage, installedPackages, reasonOf } from './installed-package.ts'

/** What of Dawn's interface is used here. */
interface Dawn {
  create(flags: string[]): { requestAdapter(options: object): Promise<Adapter | null> }
  globals: object
}

interface Adapter {
  info: { vendor: string; architecture: string; device: string; description: string }
}

const dawnPackage = 'webgpu'
const backendPackage = '@tensorflow/tfjs-backend-webgpu'
const install =
  'Install it in Settings, with "glyphlab backends install webgpu", or with "npm install webgpu@0.6.2 @tensorflow/tfjs-backend-webgpu@4.22.0 @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-layers@4.22.0" in a folder named by GLYPHLAB_WEBGPU.'

function installed(packagesDirectory: string | undefined): InstalledPackage {
  const [found] = installedPackages(dawnPackage, 'webgpu', {
    own: process.env['GLYPHLAB_WEBGPU'],
    installed: packagesDirectory,
  })
  if (found) return found
  throw new GlyphlabError('UNAVAILABLE', `The package ${dawnPackage} is not installed. ${install}`)
}

/** Dawn's objects must not be collected while the process lives. */
const kept: unknown[] = []

/** Makes `navigator.gpu`, where tfjs looks for it. @returns the card that will be used; null where there is none */
async function startDawn({ require }: InstalledPackage): Promise<Adapter | null> {
  const { create, globals } = (await import(
    pathToFileURL(require.resolve(dawnPackage)).href
  )) as unknown as Dawn
  Object.assign(globalThis, globals)
  const gpu = create([])
  kept.push(gpu)
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true })
  // As tfjs asks for it.
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  kept.push(adapter)
  return adapter
}

function nameOf({ info: { vendor, architecture, device, description } }: Adapter): string {
  return description || device || [vendor, architecture].filter(Boolean).join(' ') || 'unnamed graphics card'
}

/**
 * Graphics cards of every vendor, by Dawn (Chromium's WebGPU). Its values can't be read at once, so that everything that
 * trains waits for them (`Tensor.data`).
 */
export const webgpuBackend: Backend = {
  id: 'webgpu',
  title: 'WebGPU (any graphics card)',
  install: {
    packages: ['webgpu 0.6.2 (Dawn)', `${backendPackage} 4.22.0`],
    downloadBytes: 70_000_000,
    note: null,
    scripts: false,
  },

  async load({ packagesDirectory } = {}) {
    const found = installed(packagesDirectory)
    let adapter: Adapter | null
    let tf: TensorFlow
    try {
      adapter = await startDawn(found)
      if (adapter) found.require(backendPackage)
      tf = { ...found.require('@tensorflow/tfjs-core'), ...found.require('@tensorflow/tfjs-layers') }
    } catch (cause) {
      throw new GlyphlabError(
        'UNAVAILABLE',
        `${found.folder} is installed but can't be loaded (${reasonOf(cause)}). ${install}`,
      )
    }
    if (!adapter || !(await tf.setBackend('webgpu'))) {
      throw new GlyphlabError(
        'UNAVAILABLE',
        `${dawnPackage} ${found.version} is installed but found no graphics card that it can use. It needs a driver for Vulkan (Linux: libvulkan1 and the driver of the card, such as mesa-vulkan-drivers), Direct3D 12 (Windows) or Metal (macOS).`,
      )
    }
    const device = nameOf(adapter)
    return { tf, detail: `${dawnPackage} ${found.version} (Dawn), ${device}`, device, threads: 1 }
  },
}

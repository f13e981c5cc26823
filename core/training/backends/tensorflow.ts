import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { GlyphlabError } from '../../contract/index.ts'
import type { Backend, TensorFlow } from './backend.ts'
import { registerTrainingKernels } from './tensorflow-kernels/index.ts'

/** What the backend object of the tfjs-node packages tells about itself. */
interface NodeBackend {
  binding?: { TF_Version?: string }
  isUsingGpuDevice?: boolean
}

const cpuPackage = '@tensorflow/tfjs-node'

/** Where `npm run setup:tensorflow` installs, relative to the checkout; never part of the packaged app. */
export const checkoutCache = 'node_modules/.cache/glyphlab/tensorflow'

/**
 * Folders to resolve the package from, in order: the person's own (`GLYPHLAB_TENSORFLOW`, a folder with
 * `node_modules`), this installation, and the checkout's cache.
 */
function searchFolders(): string[] {
  const here = dirname(fileURLToPath(import.meta.url))
  const own = process.env['GLYPHLAB_TENSORFLOW']
  const folders = own ? [own, here] : [here]
  for (let folder = here; dirname(folder) !== folder; folder = dirname(folder)) {
    const cache = join(folder, checkoutCache)
    if (existsSync(cache)) folders.push(cache)
  }
  return folders
}

function load(packageName: string): { tf: TensorFlow; version: string } {
  const problems: string[] = []
  for (const folder of searchFolders()) {
    const require = createRequire(join(folder, 'resolve.cjs'))
    try {
      require.resolve(`${packageName}/package.json`)
    } catch {
      continue
    }
    try {
      const { version } = require(`${packageName}/package.json`) as { version: string }
      return { tf: require(packageName) as TensorFlow, version }
    } catch (cause) {
      const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)
      problems.push(`${join(folder, 'node_modules', packageName)}: ${reason}`)
    }
  }
  const ordinary = `"npm install ${packageName}@4.22.0" in a folder named by GLYPHLAB_TENSORFLOW`
  const install =
    packageName === cpuPackage
      ? `Run "npm run setup:tensorflow" in a checkout, or ${ordinary}.`
      : `Run ${ordinary}.`
  throw new GlyphlabError(
    'UNAVAILABLE',
    problems.length > 0
      ? `${packageName} is installed but can't be loaded (${problems.join('; ')}). ${install}`
      : `${packageName} is not installed. ${install}`,
  )
}

function tensorflow(id: 'tensorflow' | 'tensorflow-gpu', title: string, packageName: string): Backend {
  return {
    id,
    title,
    async load() {
      process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'
      process.env['TF_DETERMINISTIC_OPS'] ??= '1'
      const { tf, version } = load(packageName)
      await tf.ready()
      registerTrainingKernels(tf)
      const { binding, isUsingGpuDevice } = tf.backend() as unknown as NodeBackend
      if (id === 'tensorflow-gpu' && !isUsingGpuDevice) {
        throw new GlyphlabError(
          'UNAVAILABLE',
          `${packageName} ${version} is installed but found no GPU. It needs an NVIDIA driver, CUDA 11.2 and cuDNN 8.1.`,
        )
      }
      const device = isUsingGpuDevice ? 'GPU' : 'CPU'
      const detail = `${packageName} ${version}, TensorFlow ${binding?.TF_Version ?? '?'}, ${device}`
      return { tf, detail, threads: availableParallelism() }
    },
  }
}

export const tensorflowBackend = tensorflow('tensorflow', 'TensorFlow (CPU)', cpuPackage)
export const tensorflowGpuBackend = tensorflow(
  'tensorflow-gpu',
  'TensorFlow (NVIDIA GPU)',
  '@tensorflow/tfjs-node-gpu',
)

import { availableParallelism } from 'node:os'
import { type BackendId, GlyphlabError } from '../../contract/index.ts'
import type { Backend, TensorFlow } from './backend.ts'
import { installedPackages, reasonOf } from './installed-package.ts'
import { registerTrainingKernels } from './tensorflow-kernels/index.ts'

/** What the backend object of the tfjs-node packages tells about itself. */
interface NodeBackend {
  binding?: { TF_Version?: string }
  isUsingGpuDevice?: boolean
}

const cpuPackage = '@tensorflow/tfjs-node'

function load(
  packageName: string,
  id: BackendId,
  installed: string | undefined,
): { tf: TensorFlow; version: string } {
  const problems: string[] = []
  for (const { require, folder, version } of installedPackages(packageName, id, {
    own: process.env['GLYPHLAB_TENSORFLOW'],
    installed,
  })) {
    try {
      return { tf: require(packageName) as TensorFlow, version }
    } catch (cause) {
      problems.push(`${folder}: ${reasonOf(cause)}`)
    }
  }
  const ordinary = `Install it in Settings, with "glyphlab backends install ${id}", or with "npm install ${packageName}@4.22.0" in a folder named by GLYPHLAB_TENSORFLOW.`
  const install =
    packageName === cpuPackage ? `${ordinary} In a checkout: "npm run setup:tensorflow".` : ordinary
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
    install: {
      packages: [`${packageName} 4.22.0`],
      downloadBytes: 77_000_000,
      note: `Its installer fetches the TensorFlow library (some hundred MB) from Google's storage and may need a C++ compiler.`,
      scripts: true,
    },

    async load({ packagesDirectory } = {}) {
      process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'
      process.env['TF_DETERMINISTIC_OPS'] ??= '1'
      const { tf, version } = load(packageName, id, packagesDirectory)
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

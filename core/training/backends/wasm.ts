import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { setThreadsCount, setWasmPaths, version_wasm } from '@tensorflow/tfjs-backend-wasm'
import * as core from '@tensorflow/tfjs-core'
import * as layers from '@tensorflow/tfjs-layers'
import { GlyphlabError } from '../../contract/index.ts'
import type { Backend, TensorFlow } from './backend.ts'
import { registerTrainingKernels } from './wasm-kernels/index.ts'

function installedWasmDirectory(): string {
  const require = createRequire(import.meta.url)
  return join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist')
}

/**
 * XNNPACK compiled to WebAssembly, one thread, plus our gradient kernels. Two threads gained 4 % on a training step
 * and would make sums depend on scheduling, so there is one.
 */
export const wasmBackend: Backend = {
  id: 'wasm',
  title: 'WebAssembly (built in)',
  install: null,

  async load({ wasmDirectory } = {}) {
    const directory = wasmDirectory ?? installedWasmDirectory()
    setWasmPaths(directory.endsWith(sep) ? directory : directory + sep)
    setThreadsCount(1)
    registerTrainingKernels()
    if (!(await activate())) {
      throw new GlyphlabError(
        'UNAVAILABLE',
        `The WebAssembly backend did not start. Are tfjs-backend-wasm.wasm and tfjs-backend-wasm-simd.wasm in ${directory}?`,
      )
    }
    const simd = await core.env().getAsync('WASM_HAS_SIMD_SUPPORT')
    const tf: TensorFlow = { ...core, ...layers }
    return { tf, detail: `tfjs-backend-wasm ${version_wasm}, ${simd ? 'SIMD' : 'no SIMD'}`, threads: 1 }
  },
}

async function activate(): Promise<boolean> {
  try {
    return await core.setBackend('wasm')
  } catch {
    return false
  }
}

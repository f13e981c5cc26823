import type { BackendId } from '../../contract/index.ts'
import type { Backend } from './backend.ts'
import { tensorflowBackend, tensorflowGpuBackend } from './tensorflow.ts'
import { wasmBackend } from './wasm.ts'
import { webgpuBackend } from './webgpu.ts'

/** Every backend, most capable first. */
export const backends: readonly Backend[] = [
  tensorflowGpuBackend,
  webgpuBackend,
  tensorflowBackend,
  wasmBackend,
]

export function backendById(id: BackendId): Backend {
  const backend = backends.find((candidate) => candidate.id === id)
  if (!backend) throw new Error(`no backend ${id}`)
  return backend
}

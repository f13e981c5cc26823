import type { BackendId } from '../../contract/index.ts'

/** The whole of TensorFlow.js that training and inference use: tfjs-core and tfjs-layers in one namespace. */
export type TensorFlow = typeof import('@tensorflow/tfjs-core') & typeof import('@tensorflow/tfjs-layers')

export interface BackendOptions {
  /** Folder that holds `tfjs-backend-wasm*.wasm`. Needed where the code was bundled into one file. */
  wasmDirectory?: string
}

export interface LoadedBackend {
  /**
   * The namespace whose engine runs on this backend. Every backend may bring its own tfjs-core, so models, layers and
   * tensors must be made from this one.
   */
  tf: TensorFlow
  /** Version and device, for the person. */
  detail: string
  /** How many threads it computes on. */
  threads: number
}

/** Something that computes tensors. Adding one = one file and one line in `index.ts`. */
export interface Backend {
  id: BackendId
  title: string
  /**
   * Makes the backend the active one of its engine. A process loads one backend once.
   * @throws GlyphlabError UNAVAILABLE, saying what is missing and what to install.
   */
  load(options?: BackendOptions): Promise<LoadedBackend>
}

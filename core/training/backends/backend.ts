import type { BackendId } from '../../contract/index.ts'

/** The whole of TensorFlow.js that training and inference use: tfjs-core and tfjs-layers in one namespace. */
export type TensorFlow = typeof import('@tensorflow/tfjs-core') & typeof import('@tensorflow/tfjs-layers')

export interface BackendOptions {
  /** Folder that holds `tfjs-backend-wasm*.wasm`. Needed where the code was bundled into one file. */
  wasmDirectory?: string
  /** Folder in which the app installs backends, each in a folder of its name. */
  packagesDirectory?: string
}

export interface LoadedBackend {
  /**
   * The namespace whose engine runs on this backend. Every backend may bring its own tfjs-core, so models, layers and
   * tensors must be made from this one.
   */
  tf: TensorFlow
  /** Version and device, for the person. */
  detail: string
  /** Name of the graphics card, where it computes on one and the card tells. */
  device?: string
  /** How many threads it computes on. */
  threads: number
}

/** The packages of an optional backend; `packages/<id>` holds their exact versions and digests for npm. */
export interface BackendInstall {
  /** The ones that matter, with their versions. */
  packages: string[]
  /** Of all archives together. */
  downloadBytes: number
  /** What else the person should know before. */
  note: string | null
  /** Whether the packages' own install programs have to run. */
  scripts: boolean
}

/** Something that computes tensors. Adding one = one file and one line in `index.ts`. */
export interface Backend {
  id: BackendId
  title: string
  /** What an installation on demand fetches; null for a backend that is always there. */
  install: BackendInstall | null
  /**
   * Makes the backend the active one of its engine. A process loads one backend once.
   * @throws GlyphlabError UNAVAILABLE, saying what is missing and what to install.
   */
  load(options?: BackendOptions): Promise<LoadedBackend>
}

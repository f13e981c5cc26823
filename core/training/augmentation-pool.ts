import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { ImagePreprocessing } from '../contract/index.ts'
import type { AugmentationOptions } from './augmentation.ts'

/** What every thread shares. */
export interface AugmentationSet {
  /** `[samples, height, width, channels]`, 0..255 */
  pixels: SharedArrayBuffer
  size: Pick<ImagePreprocessing, 'width' | 'height' | 'channels'>
  options: AugmentationOptions
  seed: number
  /** The network's input for each pixel value. */
  inputOf: Float32Array
}

export interface AugmentationJob {
  id: number
  indices: Uint32Array
  epoch: number
}

interface Waiting {
  resolve(inputs: Float32Array): void
  reject(cause: Error): void
}

const mostThreads = 4

/** Threads that augment pictures, so that the backend need not wait for them. */
export class AugmentationPool {
  readonly #threads: Worker[]
  readonly #waiting = new Map<number, Waiting>()
  #next = 0

  constructor(set: AugmentationSet) {
    const extension = extname(fileURLToPath(import.meta.url))
    const file = new URL(`./augmentation-worker${extension}`, import.meta.url)
    this.#threads = Array.from({ length: Math.min(mostThreads, availableParallelism()) }, () => {
      const thread = new Worker(file, { workerData: set })
      thread.unref()
      thread.on('message', ({ id, inputs }: { id: number; inputs: Float32Array }) => {
        this.#waiting.get(id)?.resolve(inputs)
        this.#waiting.delete(id)
      })
      thread.on('error', (cause) => {
        for (const { reject } of this.#waiting.values()) reject(cause)
        this.#waiting.clear()
      })
      return thread
    })
  }

  /** The inputs of these samples in an epoch, `[indices, height, width, channels]`. */
  make(indices: Uint32Array, epoch: number): Promise<Float32Array> {
    const id = this.#next++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      const job: AugmentationJob = { id, indices: indices.slice(), epoch }
      this.#threads[id % this.#threads.length]?.postMessage(job)
    })
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()))
  }
}

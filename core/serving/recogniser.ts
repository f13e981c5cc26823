import { AlphabetCoding } from '../domain/alphabet.ts'
import type { ModelManifest } from '../domain/model-manifest.ts'
import { linePixels } from '../imaging/line-pixels.ts'
import type { BackendOptions } from '../training/backends/backend.ts'
import { decodeGreedily } from '../training/ctc/decoding.ts'
import { loadLineModel } from '../training/lines/line-model.ts'

export interface Recogniser {
  readonly manifest: ModelManifest
  /**
   * Reads a picture of one line, prepared just as in training. `name` stands in every error.
   * @throws GlyphlabError UNREADABLE_FILE (not a picture, or no line), DAMAGED (the weights give no numbers)
   */
  read(bytes: Buffer, name: string): Promise<string>
  dispose(): void
}

/**
 * Loads a line recogniser from its folder on the `wasm` backend.
 * @throws GlyphlabError DAMAGED, naming the file that is missing, short or changed
 */
export async function loadRecogniser(directory: string, options: BackendOptions = {}): Promise<Recogniser> {
  const model = await loadLineModel(directory, options)
  const coding = new AlphabetCoding(model.manifest.labels)
  return {
    manifest: model.manifest,
    read: async (bytes, name) =>
      coding.decode(decodeGreedily(model.probabilities(await linePixels(bytes, name, model.height), name))),
    dispose: model.dispose,
  }
}

import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lineRecogniser } from '../architectures/line-recogniser.ts'
import { wasmBackend } from '../backends/wasm.ts'
import { describeModelFiles, saveModelDirectory, writeManifest } from '../model-files.ts'

export const alphabet = [' ', 'a', 'b', 'e', 'o', 't']
export const height = 40

/** An untrained line recogniser: what it reads means nothing, but the same picture always reads the same. */
export async function makeSmallRecogniser(): Promise<string> {
  const directory = join(await mkdtemp(join(tmpdir(), 'glyphlab recogniser ')), 'model')
  const { tf } = await wasmBackend.load()
  const { recogniser } = lineRecogniser.build(tf, {
    height,
    characters: alphabet.length,
    cell: 'lstm',
    seed: 3,
  })
  await saveModelDirectory(tf, recogniser, directory)
  await writeManifest(directory, {
    format: 'glyphlab-model/1',
    kind: 'line-recogniser',
    labels: alphabet,
    signature: {
      input: { name: 'line', dtype: 'float32', shape: [-1, height, -1, 1] },
      output: { name: 'probabilities', dtype: 'float32', shape: [-1, -1, alphabet.length + 1] },
    },
    preprocessing: { width: 0, height, channels: 1, scale: -1 / 255, offset: 1 },
    files: await describeModelFiles(directory),
    runId: 'run-1',
    datasetDigest: null,
  })
  return directory
}

import { formatOf, type ModelManifest, onnxFile } from '../../domain/model-manifest.ts'
import { readModelArtifacts, readVerifiedFile } from '../model-files.ts'
import { layersToOnnx } from './layers-to-onnx.ts'
import { encodeProperties } from './onnx-graph.ts'
import { readOnnxOutline } from './onnx-outline.ts'
import { hasOnnxProperties, onnxProperties } from './onnx-properties.ts'

/**
 * A model version as an ONNX file that says what it is: written from the tfjs files in `directory`, or the imported file
 * itself, whose graph stays as it is. Input and output are those of the version's signature.
 * @param digest of the version, for the file's `metadata_props`
 * @throws GlyphlabError DAMAGED, naming the file; UNSUPPORTED, naming the layer that ONNX export does not know
 */
export async function exportOnnx(
  directory: string,
  manifest: ModelManifest,
  digest: string,
): Promise<Uint8Array> {
  const properties = onnxProperties(manifest, digest)
  if (formatOf(manifest) === 'onnx') {
    const bytes = await onnxBytes(directory, manifest)
    if (hasOnnxProperties(readOnnxOutline(bytes, onnxFile).properties)) return bytes
    return Buffer.concat([bytes, encodeProperties(properties)])
  }
  const { input, output } = manifest.signature
  const artifacts = await readModelArtifacts(directory, manifest)
  return layersToOnnx(artifacts, { input: input.name, output: output.name }, properties)
}

/** What onnxruntime is given: without the words that only people and other programs need. */
export async function runnableOnnx(directory: string, manifest: ModelManifest): Promise<Uint8Array> {
  if (formatOf(manifest) === 'onnx') return onnxBytes(directory, manifest)
  const { input, output } = manifest.signature
  const artifacts = await readModelArtifacts(directory, manifest)
  return layersToOnnx(artifacts, { input: input.name, output: output.name }, {})
}

async function onnxBytes(directory: string, { files }: ModelManifest): Promise<Buffer> {
  const file = files.find(({ path }) => path === onnxFile)
  if (!file) throw new Error(`${directory}: the manifest names no ${onnxFile}`)
  return readVerifiedFile(directory, file)
}

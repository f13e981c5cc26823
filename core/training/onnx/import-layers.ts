import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GlyphlabError, type ModelImportOptions } from '../../contract/index.ts'
import { type ModelManifest, modelManifestFile } from '../../domain/model-manifest.ts'
import { readManifest, readModelArtifacts, topologyFile } from '../model-files.ts'
import { describeOnnx } from './import-onnx.ts'
import { layersToOnnx } from './layers-to-onnx.ts'
import { onnxProperties } from './onnx-properties.ts'

export interface LayersImport {
  /** What the person calls the folder. */
  name: string
  /** Holds `model.json` with its weight files. */
  directory: string
  labels?: string | undefined
  options: ModelImportOptions
}

/**
 * What a folder of tfjs files (a LayersModel) is as a model version, and the files that belong to it. It is described by
 * its ONNX form, so that one rule says what is expected of a model.
 * @throws GlyphlabError DAMAGED, naming the file; INVALID_INPUT for what is no such model or not enough to go by;
 *   UNSUPPORTED, naming the layer
 */
export async function describeLayers({
  name,
  directory,
  labels,
  options,
}: LayersImport): Promise<{ description: Omit<ModelManifest, 'files'>; paths: string[] }> {
  if (options.layout === 'nchw') {
    throw new GlyphlabError('INVALID_INPUT', `${name}: the channels of a tfjs model come last, not first.`)
  }
  const artifacts = await readModelArtifacts(directory)
  // Glyphlab's own folder says of itself what an ONNX file of Glyphlab says.
  const known = existsSync(join(directory, modelManifestFile))
    ? onnxProperties(await readManifest(directory), '')
    : {}
  const bytes = layersToOnnx(artifacts, { input: 'input', output: 'output' }, known)
  const topology = JSON.parse(await readFile(join(directory, topologyFile), 'utf8')) as {
    weightsManifest: { paths: string[] }[]
  }
  return {
    description: describeOnnx({ name, bytes, labels, options: { ...options, layout: 'nhwc' } }),
    paths: [topologyFile, ...topology.weightsManifest.flatMap((group) => group.paths)],
  }
}

import { buffer } from 'node:stream/consumers'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fromBufferPromise } from 'yauzl'
import { GlyphlabError } from '../../contract/index.ts'
import { topologyFile, weightsFile } from '../model-files.ts'
import { Hdf5, hdf5Magic, type StoredArray } from './hdf5.ts'
import { type KerasLayer, knownLayer, layerForTfjs, nameOf } from './keras-layers.ts'

const zipMagic = Buffer.from('PK\x03\x04', 'latin1')
const mostBytes = 1024 ** 3

/** Whether a file may be a model of Keras: `.h5` and `.hdf5`, or the archive `.keras`. */
export const isKerasFile = (name: string): boolean => /\.(keras|h5|hdf5)$/i.test(name)

interface KerasModel {
  class_name: string
  config: { name?: string; layers?: KerasLayer[]; input_layers?: unknown; output_layers?: unknown }
}

/**
 * A model that Keras saved (2 and 3: `.h5`, `.keras`) as the files of a tfjs LayersModel.
 * @throws GlyphlabError DAMAGED, naming the file; UNSUPPORTED, naming the layer; INVALID_INPUT for what is no model
 */
export async function readKeras(name: string, bytes: Buffer): Promise<Map<string, Buffer>> {
  if (bytes.subarray(0, zipMagic.length).equals(zipMagic))
    return convert(name, await fromArchive(name, bytes))
  if (!bytes.subarray(0, hdf5Magic.length).equals(hdf5Magic))
    throw new GlyphlabError('INVALID_INPUT', `${name}: it is neither an HDF5 file nor a .keras archive.`)
  const file = new Hdf5(bytes, name)
  const config = file.text('model_config')
  if (config === undefined)
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${name}: it holds weights and no model. Save the whole model (model.save), not its weights.`,
    )
  const root = file.group('model_weights')
  return convert(name, {
    model: parsed(name, config),
    weightsOf(layer) {
      const names = root?.keys.includes(layer)
        ? (file.group(`model_weights/${layer}`)?.attrs['weight_names'] ?? [])
        : []
      const read = (names as string[]).map((one) => file.array(`model_weights/${layer}/${one}`))
      return read.filter((one) => one !== undefined)
    },
  })
}

interface KerasSource {
  model: KerasModel
  /** In Keras' order. */
  weightsOf(layer: string): StoredArray[]
}

async function fromArchive(name: string, bytes: Buffer): Promise<KerasSource> {
  const found = new Map<string, Buffer>()
  try {
    const zip = await fromBufferPromise(bytes, { lazyEntries: true })
    for await (const entry of zip.eachEntry()) {
      if (!['config.json', 'model.weights.h5'].includes(entry.fileName)) continue
      if (entry.uncompressedSize > mostBytes) throw new Error(`${entry.fileName} is larger than 1 GB`)
      found.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)))
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new GlyphlabError(
      'DAMAGED',
      `${name}: the archive can't be read (${reason}). Save the model again.`,
    )
  }
  const [config, weights] = [found.get('config.json'), found.get('model.weights.h5')]
  if (!config || !weights)
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${name}: ${config ? 'model.weights.h5' : 'config.json'} is missing: it is no model that Keras saved.`,
    )
  const file = new Hdf5(weights, name)
  const folders = new Map<string, string>()
  for (const folder of file.group('layers')?.keys ?? []) {
    const own = file.group(`layers/${folder}/vars`)?.attrs['name']
    if (typeof own === 'string') folders.set(own, `layers/${folder}/vars`)
  }
  return {
    model: parsed(name, config.toString('utf8')),
    weightsOf(layer) {
      const folder = folders.get(layer)
      const keys = folder === undefined ? [] : (file.group(folder)?.keys ?? [])
      return keys
        .toSorted((a, b) => Number(a) - Number(b))
        .flatMap((key) => file.array(`${folder}/${key}`) ?? [])
    },
  }
}

function parsed(name: string, text: string): KerasModel {
  try {
    const model = JSON.parse(text) as KerasModel
    if (Array.isArray(model.config?.layers)) return model
  } catch {
    throw new GlyphlabError('DAMAGED', `${name}: its description is no JSON. Save the model again.`)
  }
  throw new GlyphlabError(
    'UNSUPPORTED',
    `${name}: only models of layers are taken over (Sequential and Functional). Export a model with code of its own as ONNX and import that.`,
  )
}

async function convert(name: string, { model, weightsOf }: KerasSource): Promise<Map<string, Buffer>> {
  const layers = model.config.layers ?? []
  const sequential = model.class_name === 'Sequential'
  const specs: { name: string; shape: number[]; dtype: 'float32' }[] = []
  const data: Buffer[] = []
  for (const layer of layers) {
    // A large model takes seconds, and others want their turn.
    await nextTurn()
    const own = nameOf(layer)
    const wanted = knownLayer(name, layer).weights(layer.config)
    const found = wanted.length === 0 ? [] : weightsOf(own)
    if (found.length !== wanted.length)
      throw new GlyphlabError(
        'DAMAGED',
        `${name}: of the layer "${own}" ${found.length} of ${wanted.length} weights are stored. Save the model again, with Keras 3.6 or newer.`,
      )
    for (const [index, { shape, values }] of found.entries()) {
      specs.push({ name: `${own}/${wanted[index]}`, shape, dtype: 'float32' })
      data.push(Buffer.from(values.buffer, values.byteOffset, values.byteLength))
    }
  }
  const config = {
    name: model.config.name ?? 'model',
    layers: layers.map((layer) => layerForTfjs(name, layer, sequential ? [] : inputsOf(name, layer))),
    ...(sequential
      ? {}
      : { input_layers: ends(model.config.input_layers), output_layers: ends(model.config.output_layers) }),
  }
  const topology = {
    format: 'layers-model',
    generatedBy: 'keras',
    convertedBy: 'glyphlab',
    modelTopology: { class_name: sequential ? 'Sequential' : 'Model', config },
    weightsManifest: [{ paths: [weightsFile], weights: specs }],
  }
  return new Map([
    [topologyFile, Buffer.from(JSON.stringify(topology))],
    [weightsFile, Buffer.concat(data)],
  ])
}

/** `["picture", 0, 0]` or a list of such. */
function ends(written: unknown): unknown[] {
  const list = Array.isArray(written) ? written : []
  return typeof list[0] === 'string' ? [list] : list
}

/** Names of the layers that a layer takes its input from, as Keras 2 (lists) and Keras 3 (histories) write them. */
function inputsOf(name: string, layer: KerasLayer): string[] {
  const nodes = layer.inbound_nodes ?? []
  if (nodes.length > 1)
    throw new GlyphlabError(
      'UNSUPPORTED',
      `${name}: the layer "${nameOf(layer)}" (${layer.class_name}) is applied more than once, which is not taken over. Export the model as ONNX and import that.`,
    )
  const found: string[] = []
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      if (typeof value[0] === 'string' && typeof value[1] === 'number') found.push(value[0])
      else for (const one of value) visit(one)
    } else if (typeof value === 'object' && value !== null) {
      const { args, config } = value as { args?: unknown; config?: { keras_history?: unknown } }
      visit(args ?? config?.keras_history ?? [])
    }
  }
  visit(nodes)
  return found
}

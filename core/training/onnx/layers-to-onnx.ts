import type { io } from '@tensorflow/tfjs-core'
import { GlyphlabError } from '../../contract/index.ts'
import {
  averagePooling2d,
  batchNormalization,
  conv2d,
  depthwiseConv2d,
  globalAveragePooling2d,
  globalMaxPooling2d,
  maxPooling2d,
} from './convolution-layers.ts'
import {
  channelsLast,
  type LayerExport,
  type LayerValue,
  type StoredLayer,
  type StoredWeight,
  unsupported,
} from './layer-values.ts'
import { type GraphPort, OnnxGraph } from './onnx-graph.ts'
import { bidirectionalGru, bidirectionalLstm } from './recurrent-layers.ts'
import {
  activation,
  add,
  concatenate,
  dense,
  flatten,
  leakyRelu,
  passedThrough,
  permute,
  relu,
  reshape,
  softmaxLayer,
  zeroPadding2d,
} from './shape-layers.ts'

/** By the class name in `model.json`. Another layer = one line here. */
const layerTable: Readonly<Record<string, LayerExport>> = {
  Activation: activation,
  Add: add,
  AveragePooling2D: averagePooling2d,
  BatchNormalization: batchNormalization,
  Concatenate: concatenate,
  Conv2D: conv2d,
  Dense: dense,
  DepthwiseConv2D: depthwiseConv2d,
  Dropout: passedThrough,
  Flatten: flatten,
  GaussianDropout: passedThrough,
  GaussianNoise: passedThrough,
  GlobalAveragePooling2D: globalAveragePooling2d,
  GlobalMaxPooling2D: globalMaxPooling2d,
  GlyphlabBidirectionalGru: bidirectionalGru,
  GlyphlabBidirectionalLstm: bidirectionalLstm,
  LeakyReLU: leakyRelu,
  MaxPooling2D: maxPooling2d,
  Permute: permute,
  ReLU: relu,
  Reshape: reshape,
  Softmax: softmaxLayer,
  SpatialDropout2D: passedThrough,
  ZeroPadding2D: zeroPadding2d,
}

export interface OnnxNames {
  input: string
  output: string
}

/** A layer's inputs by name: `[[name, node, tensor, {}], ...]` for each time that it is applied. */
interface TopologyLayer {
  class_name: string
  name?: string
  config: Record<string, unknown>
  inbound_nodes?: [string, number, number, unknown][][]
}

interface Topology {
  class_name: string
  config: {
    name?: string
    layers: TopologyLayer[]
    input_layers?: [string, number, number][]
    output_layers?: [string, number, number][]
  }
}

/**
 * A stored LayersModel as an ONNX ModelProto (opset 17), from its files alone: no backend is needed. Input and output are
 * the model's own: pictures `[batch, height, width, channels]`, the batch and every open size open.
 * @param names of the input and the output in the graph
 * @param properties become `metadata_props`
 * @throws GlyphlabError UNSUPPORTED, naming the layer that ONNX export does not know
 */
export function layersToOnnx(
  stored: Pick<io.ModelArtifacts, 'modelTopology' | 'weightSpecs' | 'weightData'>,
  names: OnnxNames,
  properties: Readonly<Record<string, string>>,
): Uint8Array {
  const topology = topologyOf(stored.modelTopology)
  const layers = layersOf(topology)
  const weights = weightsByLayer(stored)
  const graph = new OnnxGraph()
  const values = new Map<string, LayerValue>()
  let port: GraphPort | undefined

  for (const [index, { class_name: type, config, inputs }] of layers.entries()) {
    const name = String(config['name'])
    const layer: StoredLayer = { name, type, config, weights: weights.get(name) ?? new Map() }
    const shape = config['batch_input_shape']
    if (inputs.length === 0 && index === 0 && Array.isArray(shape)) {
      graph.name(names.input)
      graph.name(names.output)
      port = {
        name: names.input,
        shape: shape.map((size, axis) => size ?? (axis === 0 ? 'batch' : openName(shape.length, axis))),
      }
      const value = { name: names.input, rank: shape.length, channelsFirst: false }
      values.set(inputOf, value)
      if (type === 'InputLayer') {
        values.set(name, value)
        continue
      }
    } else if (inputs.length === 0) throw unsupported(layer, 'the model has more than one input')
    const convert = layerTable[type]
    if (!convert) {
      throw unsupported(layer, 'its kind of layer is not known to the export')
    }
    const taken = (inputs.length === 0 ? [inputOf] : inputs).map((input) => {
      const value = values.get(input)
      if (value) return value
      throw unsupported(layer, `its input "${input}" comes after it`)
    })
    values.set(name, convert({ graph, layer }, taken))
  }
  const [[last = layers.at(-1)?.config['name']] = []] = topology.config.output_layers ?? []
  const value = values.get(String(last))
  if (!port || !value || (topology.config.output_layers?.length ?? 1) > 1) {
    throw new GlyphlabError('UNSUPPORTED', 'Only models with one input and one output become ONNX files.')
  }
  const output = channelsLast({ graph }, value)
  graph.node('Identity', [output.name], {}, names.output)
  const sizes = outputShape(output.rank, layers, weights)
  return graph.toModel(
    topology.config.name ?? 'model',
    port,
    { name: names.output, shape: sizes },
    properties,
  )
}

/** The key of the graph's input among the values of layers. */
const inputOf = ''

const openName = (rank: number, axis: number): string =>
  rank === 4 ? (['batch', 'height', 'width', 'channels'][axis] ?? `size_${axis}`) : `size_${axis}`

/** The batch and the frames stay open; the last size is that of the last layer with a kernel. */
function outputShape(
  rank: number,
  layers: readonly { config: Record<string, unknown> }[],
  weights: ReadonlyMap<string, ReadonlyMap<string, StoredWeight>>,
): (number | string)[] {
  const kernels = layers.flatMap(({ config }) => weights.get(String(config['name']))?.get('kernel') ?? [])
  const classes = kernels.at(-1)?.shape.at(-1) ?? 'classes'
  return rank === 2
    ? ['batch', classes]
    : rank === 3
      ? ['batch', 'frames', classes]
      : Array.from({ length: rank }, (_, axis) => `output_${axis}`)
}

/** The topology as tfjs and as the Keras converter write it. */
function topologyOf(written: io.ModelArtifacts['modelTopology']): Topology {
  const outer = (written ?? {}) as { model_config?: unknown }
  const topology = (outer.model_config ?? outer) as Partial<Topology>
  if (topology.class_name !== undefined && Array.isArray(topology.config?.layers)) return topology as Topology
  throw new GlyphlabError(
    'UNSUPPORTED',
    'The model is not a layers model, so that it can not be exported as ONNX.',
  )
}

/** The layers in the order in which they are computed, with the names of those that they take their input from. */
function layersOf({ class_name, config }: Topology): (TopologyLayer & { inputs: string[] })[] {
  return config.layers.map((layer, index) => {
    const [before] = index > 0 ? [config.layers[index - 1]] : []
    if (class_name === 'Sequential') {
      return { ...layer, inputs: before ? [String(before.config['name'])] : [] }
    }
    const nodes = layer.inbound_nodes ?? []
    if (nodes.length > 1) {
      throw unsupported(
        { name: String(layer.config['name']), type: layer.class_name },
        'it is applied more than once',
      )
    }
    return { ...layer, inputs: (nodes[0] ?? []).map(([name]) => name) }
  })
}

/** A model's weights by layer and then by their own name; both stand in the stored name, `layer/weight`. */
function weightsByLayer({
  weightSpecs = [],
  weightData,
}: Pick<io.ModelArtifacts, 'weightSpecs' | 'weightData'>): Map<string, Map<string, StoredWeight>> {
  const buffers = Array.isArray(weightData) ? weightData : weightData ? [weightData] : []
  const data =
    buffers.length === 1
      ? Buffer.from(buffers[0] as ArrayBuffer)
      : Buffer.concat(buffers.map((part) => Buffer.from(part)))
  const layers = new Map<string, Map<string, StoredWeight>>()
  let at = 0
  for (const { name, shape, dtype, quantization } of weightSpecs) {
    if (dtype !== 'float32' || quantization) {
      throw new GlyphlabError(
        'UNSUPPORTED',
        `The weight "${name}" is not stored as float32, so that the model can not be exported as ONNX.`,
      )
    }
    const count = shape.reduce((product, size) => product * size, 1)
    const bytes = data.subarray(at, at + 4 * count)
    at += bytes.length
    const cut = name.lastIndexOf('/')
    const weights = layers.get(name.slice(0, cut)) ?? new Map<string, StoredWeight>()
    layers.set(name.slice(0, cut), weights)
    // A copy: floats must begin at a multiple of 4 bytes.
    weights.set(name.slice(cut + 1), { shape, values: new Float32Array(Uint8Array.from(bytes).buffer) })
  }
  return layers
}

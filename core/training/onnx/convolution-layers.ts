import { activated } from './activations.ts'
import {
  channelsFirst,
  type LayerContext,
  type LayerExport,
  type LayerValue,
  numberOf,
  onlyInput,
  paddingOf,
  type StoredWeight,
  sizesOf,
  unsupported,
  weightOf,
} from './layer-values.ts'

export const conv2d: LayerExport = (context, inputs) => {
  const kernel = weightOf(context, 'kernel')
  const [, , , filters = 0] = kernel.shape
  return convolution(context, onlyInput(context, inputs), transposed(kernel, [3, 2, 0, 1]), filters, 1)
}

/** A group of filters for each channel: `[height, width, channels, multiplier]` becomes `[channels * multiplier, 1, ...]`. */
export const depthwiseConv2d: LayerExport = (context, inputs) => {
  const kernel = weightOf(context, 'depthwise_kernel')
  const [height = 0, width = 0, channels = 0, multiplier = 0] = kernel.shape
  const { values } = transposed(kernel, [2, 3, 0, 1])
  const filters = channels * multiplier
  const weights = { shape: [filters, 1, height, width], values }
  return convolution(context, onlyInput(context, inputs), weights, filters, channels)
}

function convolution(
  context: LayerContext,
  input: LayerValue,
  kernel: StoredWeight,
  filters: number,
  group: number,
): LayerValue {
  const { graph, layer } = context
  refuseChannelsFirst(context)
  const value = channelsFirst(context, input)
  const inputs = [value.name, graph.floats(`${layer.name}/kernel`, kernel.shape, kernel.values)]
  if (layer.config['use_bias'] !== false) {
    inputs.push(graph.floats(`${layer.name}/bias`, [filters], weightOf(context, 'bias').values))
  }
  const dilations = sizesOf(context, 'dilation_rate', [1, 1])
  const auto_pad = paddingOf(context)
  const padding =
    auto_pad === 'SAME_UPPER' && dilations.some((dilation) => dilation > 1)
      ? { pads: samePads(kernel.shape.slice(2), dilations) }
      : { auto_pad }
  const name = graph.node('Conv', inputs, {
    kernel_shape: kernel.shape.slice(2),
    strides: sizesOf(context, 'strides', [1, 1]),
    dilations,
    ...padding,
    group,
  })
  return activated(context, { ...value, name })
}

/**
 * `same` in figures: onnxruntime works it out by itself for undilated kernels only. Dilated ones move in steps of 1.
 * @returns `[top, left, bottom, right]`
 */
function samePads(sizes: readonly number[], dilations: readonly number[]): number[] {
  const all = sizes.map((size, axis) => (size - 1) * (dilations[axis] ?? 1))
  const before = all.map((pad) => Math.floor(pad / 2))
  return [...before, ...all.map((pad, axis) => pad - (before[axis] ?? 0))]
}

export const maxPooling2d: LayerExport = (context, inputs) => pooling(context, inputs, 'MaxPool')
export const averagePooling2d: LayerExport = (context, inputs) => pooling(context, inputs, 'AveragePool')

function pooling(context: LayerContext, inputs: readonly LayerValue[], operator: string): LayerValue {
  refuseChannelsFirst(context)
  const value = channelsFirst(context, onlyInput(context, inputs))
  const window = sizesOf(context, 'pool_size', [2, 2])
  const name = context.graph.node(operator, [value.name], {
    kernel_shape: window,
    strides: sizesOf(context, 'strides', window),
    auto_pad: paddingOf(context),
  })
  return { ...value, name }
}

export const globalAveragePooling2d: LayerExport = (context, inputs) =>
  globalPooling(context, inputs, 'GlobalAveragePool')
export const globalMaxPooling2d: LayerExport = (context, inputs) =>
  globalPooling(context, inputs, 'GlobalMaxPool')

function globalPooling(context: LayerContext, inputs: readonly LayerValue[], operator: string): LayerValue {
  refuseChannelsFirst(context)
  const { graph } = context
  const value = channelsFirst(context, onlyInput(context, inputs))
  const pooled = graph.node(operator, [value.name])
  return { name: graph.node('Flatten', [pooled], { axis: 1 }), rank: 2, channelsFirst: false }
}

/** Kept as a node of its own: runtimes fold it into the convolution before it. */
export const batchNormalization: LayerExport = (context, inputs) => {
  const { graph, layer } = context
  const input = onlyInput(context, inputs)
  const axis = numberOf(context, 'axis', -1)
  if ((axis !== -1 && axis !== input.rank - 1) || ![2, 4].includes(input.rank)) {
    throw unsupported(layer, `it normalises axis ${axis} of ${input.rank}`)
  }
  const value = channelsFirst(context, input)
  const mean = weightOf(context, 'moving_mean')
  const filled = (fill: number) => new Float32Array(mean.values.length).fill(fill)
  const constants = {
    gamma: layer.config['scale'] === false ? filled(1) : weightOf(context, 'gamma').values,
    beta: layer.config['center'] === false ? filled(0) : weightOf(context, 'beta').values,
    moving_mean: mean.values,
    moving_variance: weightOf(context, 'moving_variance').values,
  }
  const names = Object.entries(constants).map(([key, values]) =>
    graph.floats(`${layer.name}/${key}`, [values.length], values),
  )
  const epsilon = numberOf(context, 'epsilon', 1e-3)
  const name = graph.node('BatchNormalization', [value.name, ...names], { epsilon: { float: epsilon } })
  return { ...value, name }
}

function refuseChannelsFirst({ layer }: LayerContext): void {
  const format = layer.config['data_format'] ?? 'channels_last'
  if (format !== 'channels_last') throw unsupported(layer, `its data_format is ${JSON.stringify(format)}`)
}

/** The values of a weight of rank 4, its axes in the order `axes`. */
function transposed({ shape, values }: StoredWeight, axes: readonly number[]): StoredWeight {
  const sizes = axes.map((axis) => shape[axis] ?? 0)
  const steps = axes.map((axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1))
  const [a = 0, b = 0, c = 0, d = 0] = sizes
  const [stepA = 0, stepB = 0, stepC = 0, stepD = 0] = steps
  const result = new Float32Array(values.length)
  let at = 0
  for (let i = 0; i < a; i++)
    for (let j = 0; j < b; j++)
      for (let k = 0; k < c; k++)
        for (let l = 0; l < d; l++)
          result[at++] = values[i * stepA + j * stepB + k * stepC + l * stepD] as number
  return { shape: sizes, values: result }
}

import { activated, clipped, softmax } from './activations.ts'
import {
  channelsFirst,
  channelsLast,
  type LayerExport,
  numberOf,
  onlyInput,
  unsupported,
  weightOf,
} from './layer-values.ts'

export const dense: LayerExport = (context, inputs) => {
  const { graph, layer } = context
  const value = channelsLast(context, onlyInput(context, inputs))
  const kernel = weightOf(context, 'kernel')
  const weights = graph.floats(`${layer.name}/kernel`, kernel.shape, kernel.values)
  const biased = layer.config['use_bias'] !== false
  const bias = biased
    ? [graph.floats(`${layer.name}/bias`, [kernel.shape[1] ?? 0], weightOf(context, 'bias').values)]
    : []
  if (value.rank === 2)
    return activated(context, { ...value, name: graph.node('Gemm', [value.name, weights, ...bias]) })
  const product = graph.node('MatMul', [value.name, weights])
  return activated(context, { ...value, name: biased ? graph.node('Add', [product, ...bias]) : product })
}

export const flatten: LayerExport = (context, inputs) => {
  const value = channelsLast(context, onlyInput(context, inputs))
  return { name: context.graph.node('Flatten', [value.name], { axis: 1 }), rank: 2, channelsFirst: false }
}

/** One size may be open (`null` or -1). */
export const reshape: LayerExport = (context, inputs) => {
  const { graph, layer } = context
  const value = channelsLast(context, onlyInput(context, inputs))
  const target = layer.config['target_shape']
  if (!Array.isArray(target)) throw unsupported(layer, 'it has no target_shape')
  const sizes = target.map((size) => (typeof size === 'number' ? size : -1))
  // 0: as many as come in, the batch.
  const shape = graph.integers(`${layer.name}/shape`, [0, ...sizes])
  return { name: graph.node('Reshape', [value.name, shape]), rank: sizes.length + 1, channelsFirst: false }
}

export const permute: LayerExport = (context, inputs) => {
  const value = channelsLast(context, onlyInput(context, inputs))
  const axes = context.layer.config['dims']
  if (!Array.isArray(axes)) throw unsupported(context.layer, 'it has no dims')
  return { ...value, name: context.graph.node('Transpose', [value.name], { perm: [0, ...axes.map(Number)] }) }
}

export const softmaxLayer: LayerExport = (context, inputs) => softmax(context, onlyInput(context, inputs))
export const activation: LayerExport = (context, inputs) => activated(context, onlyInput(context, inputs))

export const relu: LayerExport = (context, inputs) => {
  const value = onlyInput(context, inputs)
  const ceiling = context.layer.config['max_value']
  if (typeof ceiling === 'number') return clipped(context, value, ceiling)
  return { ...value, name: context.graph.node('Relu', [value.name]) }
}

export const leakyRelu: LayerExport = (context, inputs) => {
  const value = onlyInput(context, inputs)
  const alpha = { float: numberOf(context, 'alpha', 0.3) }
  return { ...value, name: context.graph.node('LeakyRelu', [value.name], { alpha }) }
}

/** What works in training only. */
export const passedThrough: LayerExport = (context, inputs) => onlyInput(context, inputs)

export const add: LayerExport = (context, inputs) => {
  const [first, ...others] = inputs.map((input) => channelsFirst(context, input))
  if (!first) throw unsupported(context.layer, 'it has no inputs')
  const sum = others.reduce((name, other) => context.graph.node('Add', [name, other.name]), first.name)
  return { ...first, name: sum }
}

export const concatenate: LayerExport = (context, inputs) => {
  const values = inputs.map((input) => channelsFirst(context, input))
  const [first] = values
  if (!first) throw unsupported(context.layer, 'it has no inputs')
  const axis = numberOf(context, 'axis', -1)
  if (axis !== -1 && axis !== first.rank - 1) throw unsupported(context.layer, `its axis is ${axis}`)
  const names = values.map(({ name }) => name)
  return { ...first, name: context.graph.node('Concat', names, { axis: first.channelsFirst ? 1 : -1 }) }
}

/** `[[top, bottom], [left, right]]` */
export const zeroPadding2d: LayerExport = (context, inputs) => {
  const { graph, layer } = context
  const value = channelsFirst(context, onlyInput(context, inputs))
  const padding = layer.config['padding']
  const sides = Array.isArray(padding) ? padding.flat().map(Number) : []
  const [top, bottom, left, right] = sides
  if (top === undefined || bottom === undefined || left === undefined || right === undefined)
    throw unsupported(layer, `its padding is ${JSON.stringify(padding)}`)
  const pads = graph.integers(`${layer.name}/pads`, [0, 0, top, left, 0, 0, bottom, right])
  return { ...value, name: graph.node('Pad', [value.name, pads]) }
}

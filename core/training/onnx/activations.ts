import { channelsLast, type LayerContext, type LayerValue, numberOf, unsupported } from './layer-values.ts'
import type { Attribute } from './onnx-graph.ts'

const operators: Record<string, [operator: string, attributes?: Record<string, Attribute>]> = {
  relu: ['Relu'],
  sigmoid: ['Sigmoid'],
  hardsigmoid: ['HardSigmoid', { alpha: { float: 0.2 }, beta: { float: 0.5 } }],
  tanh: ['Tanh'],
  elu: ['Elu'],
  selu: ['Selu'],
  softplus: ['Softplus'],
  softsign: ['Softsign'],
}

/** Puts the activation that the layer names (`relu`, `hard_sigmoid`, ...) behind a value; nothing for `linear`. */
export function activated(context: LayerContext, value: LayerValue): LayerValue {
  const { graph, layer } = context
  const written = layer.config['activation']
  const name = typeof written === 'string' ? written.replaceAll('_', '').toLowerCase() : 'linear'
  if (name === 'linear') return value
  if (name === 'softmax') return softmax(context, value)
  if (name === 'relu6') return clipped(context, value, 6)
  const operator = operators[name]
  if (!operator) throw unsupported(layer, `its activation is "${written}"`)
  return { ...value, name: graph.node(operator[0], [value.name], operator[1]) }
}

/** Over the last axis, as tfjs has it. */
export function softmax(context: LayerContext, value: LayerValue): LayerValue {
  const axis = numberOf(context, 'axis', -1)
  if (axis !== -1 && axis !== value.rank - 1) throw unsupported(context.layer, `its axis is ${axis}`)
  const last = channelsLast(context, value)
  return { ...last, name: context.graph.node('Softmax', [last.name], { axis: -1 }) }
}

/** Between 0 and `ceiling`. */
export function clipped({ graph }: LayerContext, value: LayerValue, ceiling: number): LayerValue {
  const limits = [0, ceiling].map((limit) => graph.floats(`${value.name}_limit`, [], Float32Array.of(limit)))
  return { ...value, name: graph.node('Clip', [value.name, ...limits]) }
}

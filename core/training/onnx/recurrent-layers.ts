import { type LayerExport, onlyInput, type StoredWeight, weightOf } from './layer-values.ts'

interface OnnxCell {
  operator: 'LSTM' | 'GRU'
  attributes: Readonly<Record<string, number>>
  /** Where ONNX's gates stand among ours. */
  gateOrder: readonly number[]
}

/** ONNX has the gates as input, output, forget, cell; tfjs as input, forget, cell, output. */
export const bidirectionalLstm = recurrent({
  operator: 'LSTM',
  attributes: {},
  gateOrder: [0, 3, 1, 2],
})

/** Both have update, reset, candidate; without `linear_before_reset` the reset would come before the product. */
export const bidirectionalGru = recurrent({
  operator: 'GRU',
  attributes: { linear_before_reset: 1 },
  gateOrder: [0, 1, 2],
})

/** `core/training/recurrent/bidirectional.ts`: both directions side by side at every frame. */
function recurrent({ operator, attributes, gateOrder }: OnnxCell): LayerExport {
  return (context, inputs) => {
    const { graph, layer } = context
    const input = onlyInput(context, inputs)
    const [features = 0, wide = 0] = weightOf(context, 'forward_kernel').shape
    const units = wide / gateOrder.length
    const of = (name: string) => ['forward', 'backward'].map((side) => weightOf(context, `${side}_${name}`))
    const joined = (name: string, shape: number[], parts: readonly Float32Array[]) =>
      graph.floats(`${layer.name}/${name}`, [2, ...shape], concatenated(parts))
    const byOnnxGate = (weight: StoredWeight) => byGate(weight, gateOrder)
    const weights = [
      joined('kernels', [wide, features], of('kernel').map(byOnnxGate)),
      joined('recurrent_kernels', [wide, units], of('recurrent_kernel').map(byOnnxGate)),
      joined(
        'biases',
        [2 * wide],
        of('bias').flatMap((bias) => bothBiases(bias).map(byOnnxGate)),
      ),
    ]
    const frames = graph.node('Transpose', [input.name], { perm: [1, 0, 2] })
    const said = graph.node(operator, [frames, ...weights], {
      hidden_size: units,
      direction: 'bidirectional',
      ...attributes,
    })
    // From [frames, directions, batch, units].
    const together = graph.node('Transpose', [said], { perm: [2, 0, 1, 3] })
    const shape = graph.integers(`${layer.name}/shape`, [0, 0, 2 * units])
    return { ...input, name: graph.node('Reshape', [together, shape]) }
  }
}

/** ONNX adds a bias to the frame and another one to the state's product; a cell with a single one has none there. */
function bothBiases({ shape, values }: StoredWeight): [StoredWeight, StoredWeight] {
  const wide = shape.at(-1) ?? 0
  const ofState = shape.length > 1 ? values.subarray(wide) : new Float32Array(wide)
  return [
    { shape: [wide], values: values.subarray(0, wide) },
    { shape: [wide], values: ofState },
  ]
}

/** `[inputs, gates * units]` (or without inputs) to `[gates * units, inputs]`, the gates in ONNX's order. */
function byGate({ shape, values }: StoredWeight, gateOrder: readonly number[]): Float32Array {
  const wide = shape.at(-1) ?? 0
  const inputs = shape.length > 1 ? (shape[0] ?? 0) : 1
  const units = wide / gateOrder.length
  const result = new Float32Array(values.length)
  let at = 0
  for (const gate of gateOrder)
    for (let unit = 0; unit < units; unit++)
      for (let input = 0; input < inputs; input++)
        result[at++] = values[input * wide + gate * units + unit] as number
  return result
}

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    result.set(part, at)
    at += part.length
  }
  return result
}

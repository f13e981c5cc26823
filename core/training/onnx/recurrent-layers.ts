import { type LayerExport, onlyInput, type StoredWeight, weightOf } from './layer-values.ts'

const gates = 4
/** ONNX has the gates as input, output, forget, cell; tfjs as input, forget, cell, output. */
const gateOrder = [0, 3, 1, 2]

/** `core/training/recurrent/bidirectional-lstm.ts`: both directions side by side at every frame. */
export const bidirectionalLstm: LayerExport = (context, inputs) => {
  const { graph, layer } = context
  const input = onlyInput(context, inputs)
  const sides = ['forward', 'backward'].map((side) => ({
    kernel: byGate(weightOf(context, `${side}_kernel`)),
    recurrent: byGate(weightOf(context, `${side}_recurrent_kernel`)),
    bias: byGate(weightOf(context, `${side}_bias`)),
  }))
  const [, wide = 0] = weightOf(context, 'forward_kernel').shape
  const units = wide / gates
  const joined = (name: string, width: number, parts: Float32Array[]) =>
    graph.floats(
      `${layer.name}/${name}`,
      [2, ...(width > 0 ? [wide, width] : [2 * wide])],
      concatenated(parts),
    )
  const features = weightOf(context, 'forward_kernel').shape[0] ?? 0
  // ONNX adds a bias to the frame and another one to the state; there is one here.
  const none = new Float32Array(wide)
  const weights = [
    joined(
      'kernels',
      features,
      sides.map(({ kernel }) => kernel),
    ),
    joined(
      'recurrent_kernels',
      units,
      sides.map(({ recurrent }) => recurrent),
    ),
    joined(
      'biases',
      0,
      sides.flatMap(({ bias }) => [bias, none]),
    ),
  ]
  const frames = graph.node('Transpose', [input.name], { perm: [1, 0, 2] })
  const said = graph.node('LSTM', [frames, ...weights], { hidden_size: units, direction: 'bidirectional' })
  // From [frames, directions, batch, units].
  const together = graph.node('Transpose', [said], { perm: [2, 0, 1, 3] })
  const shape = graph.integers(`${layer.name}/shape`, [0, 0, 2 * units])
  return { ...input, name: graph.node('Reshape', [together, shape]) }
}

/** `[inputs, gates * units]` (or without inputs) to `[gates * units, inputs]`, the gates in ONNX's order. */
function byGate({ shape, values }: StoredWeight): Float32Array {
  const wide = shape.at(-1) ?? 0
  const inputs = shape.length > 1 ? (shape[0] ?? 0) : 1
  const units = wide / gates
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

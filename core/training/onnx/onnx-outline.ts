import { GlyphlabError } from '../../contract/index.ts'
import { type ProtoField, protoFields, textOf } from './protobuf.ts'

export interface OnnxPort {
  name: string
  /** ONNX's number of the element type; 1 is float32. */
  type: number
  /** Null: an open size. Undefined when the file does not say. */
  shape: (number | null)[] | undefined
}

/** What an ONNX file says of itself, without its weights. */
export interface OnnxOutline {
  producer: string
  /** Without the constants that older files list among the inputs. */
  inputs: OnnxPort[]
  outputs: OnnxPort[]
  properties: Record<string, string>
  /** The operator that makes the (first) output, behind any that only rename, reorder or reshape. */
  lastOperator: string | undefined
  /** The first weight that lies in a file of its own. */
  weightElsewhere: string | undefined
}

interface OnnxNode {
  operator: string
  inputs: string[]
  outputs: string[]
}

/** @throws GlyphlabError INVALID_INPUT when `bytes` are no ONNX model; `name` stands in the message */
export function readOnnxOutline(bytes: Uint8Array, name: string): OnnxOutline {
  try {
    return outlineOf(bytes)
  } catch (cause) {
    if (cause instanceof GlyphlabError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${name}: not an ONNX model, or a damaged one (${reason}). Export it again from where it was trained.`,
    )
  }
}

function outlineOf(bytes: Uint8Array): OnnxOutline {
  let producer = ''
  let graph: Uint8Array | undefined
  const properties: Record<string, string> = {}
  for (const field of protoFields(bytes)) {
    if (field.number === 2) producer = textOf(field.bytes)
    if (field.number === 7) graph = field.bytes
    if (field.number === 14) {
      const [key = '', value = ''] = textsOf(field.bytes, 1, 2)
      properties[key] = value
    }
  }
  if (!graph) throw new RangeError('there is no graph in it')

  const nodes: OnnxNode[] = []
  const constants = new Set<string>()
  const inputs: OnnxPort[] = []
  const outputs: OnnxPort[] = []
  let weightElsewhere: string | undefined
  for (const { number, bytes: part } of protoFields(graph)) {
    if (number === 1) nodes.push(nodeOf(part))
    if (number === 5) {
      const { name, elsewhere } = tensorOf(part)
      constants.add(name)
      if (elsewhere) weightElsewhere ??= name
    }
    if (number === 11) inputs.push(portOf(part))
    if (number === 12) outputs.push(portOf(part))
  }
  return {
    producer,
    inputs: inputs.filter(({ name }) => !constants.has(name)),
    outputs,
    properties,
    lastOperator: lastOperatorOf(nodes, outputs[0]?.name),
    weightElsewhere,
  }
}

const rearranging = new Set(['Identity', 'Transpose', 'Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Cast'])

function lastOperatorOf(nodes: readonly OnnxNode[], output: string | undefined): string | undefined {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)))
  let node = output === undefined ? undefined : makers.get(output)
  for (let steps = 0; node && rearranging.has(node.operator) && steps < nodes.length; steps++) {
    node = makers.get(node.inputs[0] ?? '')
  }
  return node?.operator
}

function nodeOf(bytes: Uint8Array): OnnxNode {
  const node: OnnxNode = { operator: '', inputs: [], outputs: [] }
  for (const field of protoFields(bytes)) {
    if (field.number === 1) node.inputs.push(textOf(field.bytes))
    if (field.number === 2) node.outputs.push(textOf(field.bytes))
    if (field.number === 4) node.operator = textOf(field.bytes)
  }
  return node
}

function tensorOf(bytes: Uint8Array): { name: string; elsewhere: boolean } {
  let name = ''
  let elsewhere = false
  for (const field of protoFields(bytes)) {
    if (field.number === 8) name = textOf(field.bytes)
    if (field.number === 13 || (field.number === 14 && field.integer === 1)) elsewhere = true
  }
  return { name, elsewhere }
}

function portOf(bytes: Uint8Array): OnnxPort {
  const port: OnnxPort = { name: '', type: 0, shape: undefined }
  for (const field of protoFields(bytes)) {
    if (field.number === 1) port.name = textOf(field.bytes)
    if (field.number !== 2) continue
    // TypeProto: only its tensor_type; sequences and maps have none and keep type 0.
    for (const { bytes: tensor } of fieldsOf(field.bytes, 1)) {
      for (const { number, integer, bytes: value } of protoFields(tensor)) {
        if (number === 1) port.type = integer
        if (number === 2) port.shape = fieldsOf(value, 1).map(({ bytes: size }) => sizeOf(size))
      }
    }
  }
  return port
}

function sizeOf(dimension: Uint8Array): number | null {
  const [known] = fieldsOf(dimension, 1)
  return known && known.integer > 0 ? known.integer : null
}

const fieldsOf = (bytes: Uint8Array, wanted: number): ProtoField[] =>
  [...protoFields(bytes)].filter(({ number }) => number === wanted)

function textsOf(bytes: Uint8Array, ...wanted: number[]): string[] {
  return wanted.map((number) => textOf(fieldsOf(bytes, number)[0]?.bytes ?? new Uint8Array(0)))
}

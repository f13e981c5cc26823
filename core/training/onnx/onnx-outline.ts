import { GlyphlabError } from '../../contract/index.ts'
import { ProtoReader, wire } from '../../domain/protobuf.ts'

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
  const model = new ProtoReader(bytes)
  const properties: Record<string, string> = {}
  let producer = ''
  let graph: ProtoReader | undefined
  while (model.next()) {
    if (isField(model, 2)) producer = model.text()
    else if (isField(model, 7)) graph = model.message()
    else if (isField(model, 14)) {
      const [key, value] = pairOf(model.message())
      properties[key] = value
    } else model.skip()
  }
  if (!graph) throw new RangeError('there is no graph in it')

  const nodes: OnnxNode[] = []
  const constants = new Set<string>()
  const inputs: OnnxPort[] = []
  const outputs: OnnxPort[] = []
  let weightElsewhere: string | undefined
  while (graph.next()) {
    if (isField(graph, 1)) nodes.push(nodeOf(graph.message()))
    else if (isField(graph, 5)) {
      const { name, elsewhere } = tensorOf(graph.message())
      constants.add(name)
      if (elsewhere) weightElsewhere ??= name
    } else if (isField(graph, 11)) inputs.push(portOf(graph.message()))
    else if (isField(graph, 12)) outputs.push(portOf(graph.message()))
    else graph.skip()
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

/** Whether the reader stands at that field, and it is a text, bytes or a message. */
const isField = (reader: ProtoReader, field: number): boolean =>
  reader.field === field && reader.wireType === wire.bytes

function pairOf(pair: ProtoReader): [key: string, value: string] {
  let [key, value] = ['', '']
  while (pair.next()) {
    if (isField(pair, 1)) key = pair.text()
    else if (isField(pair, 2)) value = pair.text()
    else pair.skip()
  }
  return [key, value]
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

function nodeOf(reader: ProtoReader): OnnxNode {
  const node: OnnxNode = { operator: '', inputs: [], outputs: [] }
  while (reader.next()) {
    if (isField(reader, 1)) node.inputs.push(reader.text())
    else if (isField(reader, 2)) node.outputs.push(reader.text())
    else if (isField(reader, 4)) node.operator = reader.text()
    else reader.skip()
  }
  return node
}

function tensorOf(reader: ProtoReader): { name: string; elsewhere: boolean } {
  let name = ''
  let elsewhere = false
  while (reader.next()) {
    if (isField(reader, 8)) name = reader.text()
    else if (reader.field === 14 && reader.wireType === wire.varint) elsewhere ||= reader.int() === 1
    else {
      elsewhere ||= reader.field === 13
      reader.skip()
    }
  }
  return { name, elsewhere }
}

function portOf(reader: ProtoReader): OnnxPort {
  const port: OnnxPort = { name: '', type: 0, shape: undefined }
  while (reader.next()) {
    if (isField(reader, 1)) port.name = reader.text()
    else if (isField(reader, 2)) typeInto(port, reader.message())
    else reader.skip()
  }
  return port
}

/** TypeProto: only its tensor_type; sequences and maps have none and keep type 0. */
function typeInto(port: OnnxPort, type: ProtoReader): void {
  while (type.next()) {
    if (!isField(type, 1)) {
      type.skip()
      continue
    }
    const tensor = type.message()
    while (tensor.next()) {
      if (tensor.field === 1 && tensor.wireType === wire.varint) port.type = tensor.int()
      else if (isField(tensor, 2)) port.shape = shapeOf(tensor.message())
      else tensor.skip()
    }
  }
}

function shapeOf(reader: ProtoReader): (number | null)[] {
  const shape: (number | null)[] = []
  while (reader.next()) {
    if (isField(reader, 1)) shape.push(sizeOf(reader.message()))
    else reader.skip()
  }
  return shape
}

function sizeOf(dimension: ProtoReader): number | null {
  let size: number | null = null
  while (dimension.next()) {
    if (dimension.field === 1 && dimension.wireType === wire.varint) {
      const known = dimension.int()
      size ??= known > 0 ? known : null
    } else dimension.skip()
  }
  return size
}

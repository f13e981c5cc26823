import { ProtoMessage } from '../../domain/protobuf.ts'

/** Operators as of ONNX 1.12; every onnxruntime since 1.12 runs them. */
const opset = 17
const irVersion = 8

const dataTypes = { float32: 1, int64: 7 } as const

/** `number`: an integer. Floats are wrapped, so that 1.0 stays a float. */
export type Attribute = number | string | readonly number[] | readonly string[] | { float: number }

export interface GraphPort {
  name: string
  /** A text stands for an open size. */
  shape: readonly (number | string)[]
}

/** Collects the nodes and constants of an ONNX graph; values are known by their names. */
export class OnnxGraph {
  private readonly graph = new ProtoMessage()
  private readonly names = new Set<string>()

  /** A name not used before that begins with `wanted`. */
  name(wanted: string): string {
    let name = wanted
    for (let count = 2; this.names.has(name); count++) name = `${wanted}_${count}`
    this.names.add(name)
    return name
  }

  floats(name: string, shape: readonly number[], values: Float32Array): string {
    return this.constant(name, 'float32', shape, values)
  }

  integers(name: string, values: readonly number[]): string {
    return this.constant(name, 'int64', [values.length], BigInt64Array.from(values, BigInt))
  }

  private constant(
    wanted: string,
    type: keyof typeof dataTypes,
    shape: readonly number[],
    values: Float32Array | BigInt64Array,
  ): string {
    const name = this.name(wanted)
    const tensor = new ProtoMessage()
    for (const size of shape) tensor.integer(1, size)
    tensor
      .integer(2, dataTypes[type])
      .text(8, name)
      .bytes(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    this.graph.message(5, tensor)
    return name
  }

  /** Adds a node with one output; returns the output's name. */
  node(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    output = this.name(`${inputs[0]}_${operator.toLowerCase()}`),
  ): string {
    const node = new ProtoMessage()
    for (const input of inputs) node.text(1, input)
    node.text(2, output).text(3, `${output}_node`).text(4, operator)
    for (const [name, value] of Object.entries(attributes)) node.message(5, attributeOf(name, value))
    this.graph.message(1, node)
    return output
  }

  /** The whole model as a ModelProto. */
  toModel(
    name: string,
    input: GraphPort,
    output: GraphPort,
    properties: Readonly<Record<string, string>>,
  ): Uint8Array {
    this.graph.text(2, name).message(11, portOf(input)).message(12, portOf(output))
    const model = new ProtoMessage()
      .integer(1, irVersion)
      .text(2, 'glyphlab')
      .message(7, this.graph)
      .message(8, new ProtoMessage().text(1, '').integer(2, opset))
    return Buffer.concat([model.toBytes(), encodeProperties(properties)])
  }
}

/** `metadata_props` as they may be put behind any model: protobuf joins repeated fields. */
export function encodeProperties(properties: Readonly<Record<string, string>>): Uint8Array {
  const tail = new ProtoMessage()
  for (const [key, value] of Object.entries(properties)) {
    tail.message(14, new ProtoMessage().text(1, key).text(2, value))
  }
  return tail.toBytes()
}

function attributeOf(name: string, value: Attribute): ProtoMessage {
  const attribute = new ProtoMessage().text(1, name)
  if (typeof value === 'number') return attribute.integer(3, value).integer(20, 2)
  if (typeof value === 'string') return attribute.text(4, value).integer(20, 3)
  if ('float' in value) return attribute.float(2, value.float).integer(20, 1)
  const [first] = value
  for (const each of value) {
    if (typeof each === 'number') attribute.integer(8, each)
    else attribute.text(9, each)
  }
  return attribute.integer(20, typeof first === 'string' ? 8 : 7)
}

function portOf({ name, shape }: GraphPort): ProtoMessage {
  const sizes = new ProtoMessage()
  for (const size of shape) {
    const dimension = new ProtoMessage()
    sizes.message(1, typeof size === 'number' ? dimension.integer(1, size) : dimension.text(2, size))
  }
  const tensor = new ProtoMessage().integer(1, dataTypes.float32).message(2, sizes)
  return new ProtoMessage().text(1, name).message(2, new ProtoMessage().message(1, tensor))
}

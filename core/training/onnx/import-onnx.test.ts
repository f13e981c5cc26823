import { describe, expect, it } from 'vitest'
import type { ModelImportOptions } from '../../contract/index.ts'
import { ProtoMessage, ProtoReader } from '../../domain/protobuf.ts'
import { describeOnnx } from './import-onnx.ts'
import { OnnxGraph } from './onnx-graph.ts'

interface Sketch {
  input?: (number | string)[]
  output?: (number | string)[]
  last?: string
  properties?: Record<string, string>
}

/** A graph that need not run: what it says of itself is read. */
function sketch({
  input = ['n', 3, 32, 48],
  output = ['n', 2],
  last = 'Softmax',
  properties = {},
}: Sketch): Uint8Array {
  const graph = new OnnxGraph()
  const flat = graph.node('Flatten', ['in'])
  graph.node('Identity', [graph.node(last, [flat])], {}, 'out')
  return graph.toModel('sketch', { name: 'in', shape: input }, { name: 'out', shape: output }, properties)
}

const described = (
  model: Sketch,
  options: ModelImportOptions = {},
  labels: string | undefined = 'cat\ndog\n',
) => describeOnnx({ name: 'pets.onnx', bytes: sketch(model), labels, options })
const refusal =
  (model: Sketch, options: ModelImportOptions = {}, labels?: string) =>
  () =>
    described(model, options, labels)

describe('an ONNX file from elsewhere', () => {
  it('tells its sizes, its layout and whether it ends in a softmax', () => {
    expect(described({})).toEqual({
      format: 'glyphlab-model/1',
      kind: 'image-classifier',
      labels: ['cat', 'dog'],
      signature: {
        input: { name: 'in', dtype: 'float32', shape: [-1, 3, 32, 48], layout: 'nchw' },
        output: { name: 'out', dtype: 'float32', shape: [-1, 2], values: 'probabilities' },
      },
      preprocessing: { height: 32, width: 48, channels: 3, scale: 1 / 255, offset: 0 },
      runId: null,
      datasetDigest: null,
    })
    const last = described({ input: [1, 28, 28, 1], last: 'Gemm' })
    expect(last.signature.input).toMatchObject({ shape: [-1, 28, 28, 1], layout: 'nhwc' })
    expect(last.signature.output.values).toBe('logits')
  })

  it('takes the mean and the deviation of each channel', () => {
    const { preprocessing } = described({}, { mean: [0.5, 0.4, 0.3], std: [0.25] })
    expect(preprocessing.perChannel?.scale).toEqual([4 / 255, 4 / 255, 4 / 255])
    expect(preprocessing.perChannel?.offset).toEqual([-2, -1.6, -1.2])
    const even = described({}, { scale: 1, mean: [127.5], std: [127.5] }).preprocessing
    expect(even).toMatchObject({ scale: 1 / 127.5, offset: -1 })
    expect(even.perChannel).toBeUndefined()
    expect(refusal({}, { mean: [1, 2] }, 'a\nb')).toThrow(/one mean or one for each of its 3 channels/)
  })

  it('reads a recogniser with its alphabet, spaces and all', () => {
    const line = { input: ['n', 1, 40, 'w'], output: ['n', 't', 4] }
    const reader = described(line, { blank: 'first' }, 'a\n \nß\n')
    expect(reader).toMatchObject({
      kind: 'line-recogniser',
      labels: ['a', ' ', 'ß'],
      signature: { input: { shape: [-1, 1, 40, -1] }, output: { shape: [-1, -1, 4], blank: 'first' } },
      preprocessing: { height: 40, width: 0, channels: 1 },
    })
    expect(refusal(line, {}, 'a\nb\n')).toThrow('4 characters of its alphabet (and the blank) apart')
    expect(refusal({ ...line, input: [1, 1, 40, 128] }, {}, 'a\nb\nc')).toThrow(/exactly 128 px/)
  })

  it('needs no options when Glyphlab wrote it', () => {
    const properties = {
      'glyphlab.kind': 'image-classifier',
      'glyphlab.labels': '["a\\nb","c"]',
      'glyphlab.preprocessing': '{"width":48,"height":32,"channels":3,"scale":0.5,"offset":-1}',
      'glyphlab.layout': 'nchw',
      'glyphlab.values': 'logits',
    }
    const own = describeOnnx({ name: 'own.onnx', bytes: sketch({ properties }), options: {} })
    expect(own.labels).toEqual(['a\nb', 'c'])
    expect(own.preprocessing).toEqual({ width: 48, height: 32, channels: 3, scale: 0.5, offset: -1 })
    expect(own.signature.output.values).toBe('logits')
  })

  it('is refused with what was expected', () => {
    expect(refusal({}, {}, '')).toThrow(/tells 2 classes apart and does not name them.*--labels/)
    expect(refusal({}, {}, 'a\nb\nc')).toThrow('it tells 2 classes apart; 3 labels were given')
    expect(refusal({ input: ['n', 3] }, {}, 'a')).toThrow(/four sizes .* \[\?, 3\]/)
    expect(refusal({ input: ['n', 3, 'h', 'w'] }, {}, 'a\nb')).toThrow('--height N')
    expect(refusal({ input: ['n', 3, 20, 20] }, { width: 21 }, 'a\nb')).toThrow('its width is 20, not 21')
    expect(refusal({ input: ['n', 5, 20, 20] }, {}, 'a\nb')).toThrow('--layout')
    expect(refusal({ input: ['n', 5, 20, 20] }, { layout: 'nchw' }, 'a\nb')).toThrow('it takes 5')
    expect(refusal({ input: [8, 3, 20, 20] }, {}, 'a\nb')).toThrow('exactly 8 pictures at once')
    expect(refusal({}, { kind: 'line-recogniser' }, 'a')).toThrow("this model's output has 2 sizes")
    const bytes = sketch({})
    for (const damaged of [Buffer.from('PNG or so'), bytes.subarray(0, bytes.length - 40), Buffer.alloc(0)])
      expect(() => describeOnnx({ name: 'x.onnx', bytes: damaged, options: {} })).toThrow(
        /x\.onnx: not an ONNX model/,
      )
  })

  it('is refused while its weights lie in another file', () => {
    const tensor = new ProtoMessage().text(8, 'heavy').integer(14, 1)
    const outside = new ProtoMessage().message(7, new ProtoMessage().message(5, tensor)).toBytes()
    const bytes = Buffer.concat([sketch({}), outside])
    // Protobuf joins the two graphs; ours looks at the last one, as it stands whole in a file.
    expect(() => describeOnnx({ name: 'split.onnx', bytes, labels: 'a\nb', options: {} })).toThrow(
      /"heavy".*one file/,
    )
  })
})

describe('the wire format', () => {
  it('brings whole numbers back, negative ones too', () => {
    const numbers = [0, 1, 127, 128, 300, 2 ** 31, Number.MAX_SAFE_INTEGER, -1, -3]
    const message = new ProtoMessage()
    for (const number of numbers) message.integer(8, number)
    const reader = new ProtoReader(message.toBytes())
    const read: number[] = []
    while (reader.next()) read.push(reader.int())
    expect(read).toEqual(numbers)
  })
})

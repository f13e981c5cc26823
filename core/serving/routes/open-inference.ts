import { z } from 'zod'
import { GlyphlabError } from '../../contract/index.ts'
import { asksWithRows } from '../../domain/bundle.ts'
import { note, type ServerContext } from '../http-context.ts'
import type { Predictor } from '../predictor.ts'
import type { Readiness } from '../readiness.ts'
import { fromBase64, parseJson } from '../request-picture.ts'
import type { ServedClassifier, ServedModel } from '../served-model.ts'
import type { Traffic } from '../traffic.ts'
import type { Asking } from './asking.ts'
import type { Route } from './route.ts'

const tensor = z.object({
  name: z.string(),
  shape: z.array(z.number().int().min(0)),
  datatype: z.enum(['BYTES', 'FP32', 'UINT8']),
  /** Row-major, flat or nested; for BYTES pictures as base64. */
  data: z.array(z.unknown()),
})
type Tensor = z.infer<typeof tensor>
const inferRequest = z.object({ id: z.string().optional(), inputs: z.array(tensor).length(1) })
type InferRequest = z.infer<typeof inferRequest>
const output = z.object({
  name: z.string(),
  shape: z.array(z.number()),
  datatype: z.string(),
  data: z.array(z.union([z.number(), z.string()])),
})
const inferResponse = z.object({
  model_name: z.string(),
  model_version: z.string(),
  id: z.string(),
  outputs: z.array(output),
})
const described = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.number()) })
const modelMetadata = z.object({
  name: z.string(),
  versions: z.array(z.string()),
  platform: z.string(),
  inputs: z.array(described),
  outputs: z.array(described),
})
const serverMetadata = z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) })
const readyAnswer = z.object({ name: z.string(), ready: z.boolean() })

/** The Open Inference Protocol V2: https://github.com/kserve/open-inference-protocol */
export function openInferenceRoutes(
  traffic: Traffic,
  readiness: Readiness,
  predictor: Predictor,
  asking: Asking,
): Route[] {
  const asked = (context: ServerContext): ServedModel => {
    const { model, version } = context.req.param() as { model: string; version?: string }
    const found = version === undefined ? traffic.primary : traffic.named(version)
    if (found.name === model) return found
    throw new GlyphlabError('NOT_FOUND', `There is no model "${model}" here. There is "${found.name}".`)
  }
  const infer = (context: ServerContext) =>
    asking.body(context, async (body) => {
      asked(context)
      const { id = context.get('requestId'), inputs } = requestIn(parseJson(body))
      const asker = asking.asker(context, context.req.param('version') ?? null)
      const [input] = inputs as [Tensor]
      const { model, outputs } =
        input.datatype === 'BYTES'
          ? await inferPictures(traffic.primary.kind, input, asking.limits.pictures, predictor, asker)
          : await inferTensor(input, asking.limits.pictures, predictor, asker)
      note(context, { model: model.name, version: model.version })
      return context.json({ model_name: model.name, model_version: String(model.version), id, outputs })
    })

  const inferRoute = (path: string): Route => ({
    method: 'post',
    path: `${path}/infer`,
    scope: 'predict',
    summary: 'Answers for pictures (BYTES, base64) or tensors (FP32 as the model takes them, UINT8 pixels).',
    takes: { 'application/json': inferRequest },
    gives: inferResponse,
    handle: infer,
  })
  const forModel = (path: string): Route[] => [
    {
      method: 'get',
      path,
      scope: 'predict',
      summary: "The model's inputs and outputs.",
      gives: modelMetadata,
      handle: (context) => context.json(metadataOf(asked(context), [...traffic.models.keys()])),
    },
    {
      method: 'get',
      path: `${path}/ready`,
      scope: 'predict',
      summary: 'Whether the model answers.',
      gives: readyAnswer,
      handle(context) {
        const { name } = asked(context)
        const ready = readiness.probe() === 'ready'
        return context.json({ name, ready }, ready ? 200 : 503)
      },
    },
    ...(asksWithRows(traffic.primary.kind) ? [] : [inferRoute(path)]),
  ]
  return [
    {
      method: 'get',
      path: '/v2',
      scope: 'predict',
      summary: 'The server.',
      gives: serverMetadata,
      handle: (context) => context.json({ name: 'glyphlab', version: '1', extensions: [] }),
    },
    {
      method: 'get',
      path: '/v2/health/live',
      scope: 'open',
      summary: 'The process runs.',
      gives: z.object({ live: z.boolean() }),
      handle: (context) => context.json({ live: true }),
    },
    {
      method: 'get',
      path: '/v2/health/ready',
      scope: 'open',
      summary: 'Whether to send requests here.',
      gives: z.object({ ready: z.boolean() }),
      handle(context) {
        const ready = readiness.probe() === 'ready'
        return context.json({ ready }, ready ? 200 : 503)
      },
    },
    ...forModel('/v2/models/:model'),
    ...forModel('/v2/models/:model/versions/:version'),
  ]
}

function metadataOf(model: ServedModel, versions: string[]): z.infer<typeof modelMetadata> {
  const { name } = model
  if ('columns' in model) {
    return {
      name,
      versions,
      platform: 'glyphlab_table',
      inputs: model.columns.map((column) => ({ name: column, datatype: 'BYTES', shape: [-1] })),
      outputs: [{ name: 'prediction', datatype: 'BYTES', shape: [-1] }],
    }
  }
  if (model.kind === 'line-recogniser') {
    return {
      name,
      versions,
      platform: 'glyphlab_line',
      inputs: [{ name: 'picture', datatype: 'BYTES', shape: [-1] }],
      outputs: [{ name: 'text', datatype: 'BYTES', shape: [-1] }],
    }
  }
  if (model.kind === 'ocr') {
    return {
      name,
      versions,
      platform: 'tesseract.js',
      inputs: [{ name: 'picture', datatype: 'BYTES', shape: [-1] }],
      outputs: [
        { name: 'text', datatype: 'BYTES', shape: [-1] },
        { name: 'confidence', datatype: 'FP32', shape: [-1] },
      ],
    }
  }
  return {
    name,
    versions,
    platform: 'tensorflow_tfjs',
    inputs: [{ name: model.input.name, datatype: 'FP32', shape: [-1, ...model.input.shape] }],
    outputs: [
      { name: 'probabilities', datatype: 'FP32', shape: [-1, model.labels.length] },
      { name: 'label', datatype: 'BYTES', shape: [-1] },
    ],
  }
}

/**
 * What `inferRequest` says, checked by hand first: the schema copies each of a tensor's numbers, which costs more than the
 * inference of a small model. @throws GlyphlabError INVALID_INPUT in the schema's words
 */
function requestIn(json: unknown): InferRequest {
  if (isInferRequest(json)) return json
  const parsed = inferRequest.safeParse(json)
  if (parsed.success) return parsed.data
  throw new GlyphlabError('INVALID_INPUT', z.prettifyError(parsed.error))
}

function isInferRequest(json: unknown): json is InferRequest {
  if (!isRecord(json) || !(json['id'] === undefined || typeof json['id'] === 'string')) return false
  const { inputs } = json
  if (!Array.isArray(inputs) || inputs.length !== 1) return false
  const [input] = inputs as unknown[]
  if (!isRecord(input) || typeof input['name'] !== 'string' || !Array.isArray(input['data'])) return false
  const { shape, datatype } = input
  return (
    Array.isArray(shape) &&
    shape.every((size) => Number.isSafeInteger(size) && size >= 0) &&
    tensor.shape.datatype.options.some((known) => known === datatype)
  )
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

type Asker = Parameters<Predictor['read']>[1]
interface Inferred {
  model: ServedModel
  outputs: z.infer<typeof output>[]
}

async function inferPictures(
  kind: ServedModel['kind'],
  { data, shape }: Tensor,
  limit: number,
  predictor: Predictor,
  asker: Asker,
): Promise<Inferred> {
  const texts = z.array(z.string()).min(1).max(limit).safeParse(data)
  if (!texts.success || shape.reduce((a, b) => a * b, 1) !== texts.data.length) {
    throw wrong(`a BYTES input holds 1 to ${limit} pictures as base64, as many as its shape says`)
  }
  const pictures = texts.data.map((text, i) => ({ bytes: fromBase64(text), name: `picture ${i + 1}` }))
  if (kind === 'line-recogniser') {
    const lines = []
    for (const picture of pictures) lines.push(await predictor.readLine(picture, asker))
    const texts = lines.map(({ value }) => value)
    return { model: firstModel(lines), outputs: [column('text', 'BYTES', texts)] }
  }
  if (kind === 'ocr') {
    const answers = []
    for (const picture of pictures) answers.push(await predictor.read(picture, asker))
    return {
      model: firstModel(answers),
      outputs: [
        column(
          'text',
          'BYTES',
          answers.map(({ value }) => value.text),
        ),
        column(
          'confidence',
          'FP32',
          answers.map(({ value }) => value.confidence ?? 0),
        ),
      ],
    }
  }
  const answers = []
  for (const picture of pictures) answers.push(await predictor.classify(picture, asker))
  return { model: firstModel(answers), outputs: classOutputs(answers.map(({ value }) => value)) }
}

async function inferTensor(
  input: Tensor,
  limit: number,
  predictor: Predictor,
  asker: Asker,
): Promise<Inferred> {
  const values = numbersIn(input.data)
  const { model, value } = await predictor.infer(
    (served) => checkedValues(served, input, values, limit),
    asker,
  )
  return { model, outputs: classOutputs(value) }
}

/** The numbers of flat or nested rows, in their order. @throws GlyphlabError INVALID_INPUT for anything else among them */
function numbersIn(data: readonly unknown[]): Float32Array {
  const flat = data.some(Array.isArray) ? data.flat(Number.POSITIVE_INFINITY) : data
  const values = new Float32Array(flat.length)
  for (let at = 0; at < flat.length; at += 1) {
    const value = flat[at]
    if (typeof value !== 'number') throw wrong('the data are not all numbers')
    values[at] = value
  }
  return values
}

function checkedValues(
  model: ServedClassifier,
  input: Tensor,
  values: Float32Array,
  limit: number,
): Float32Array {
  const isPixels = input.datatype === 'UINT8'
  const wanted = isPixels ? model.pixelShape : model.input.shape
  const [pictures = 0, ...rest] = input.shape
  if (rest.join() !== wanted.join() || pictures < 1 || pictures > limit) {
    throw wrong(`the shape is [${input.shape}] where the model takes 1 to ${limit} times [${wanted}]`)
  }
  if (values.length !== wanted.reduce((product, size) => product * size, pictures)) {
    throw wrong(`there are ${values.length} numbers for the shape [${input.shape}]`)
  }
  return isPixels ? model.valuesOf(Uint8Array.from(values)) : values
}

const column = (name: string, datatype: string, data: (string | number)[]) => ({
  name,
  shape: [data.length],
  datatype,
  data,
})

function classOutputs(answers: { label: string; probabilities: number[] }[]): Inferred['outputs'] {
  const shape = [answers.length, answers[0]?.probabilities.length ?? 0]
  const probabilities = answers.flatMap((answer) => answer.probabilities)
  return [
    { name: 'probabilities', shape, datatype: 'FP32', data: probabilities },
    column(
      'label',
      'BYTES',
      answers.map(({ label }) => label),
    ),
  ]
}

function firstModel(answers: { model: ServedModel }[]): ServedModel {
  const [first] = answers
  if (!first) throw wrong('there is no picture')
  return first.model
}

const wrong = (what: string) =>
  new GlyphlabError('INVALID_INPUT', `The input is not what the model takes: ${what}.`)

import {
  GlyphlabError,
  type ImagePreprocessing,
  type ModelImportOptions,
  type ModelKind,
} from '../../contract/index.ts'
import type { PictureManifest } from '../../domain/model-manifest.ts'
import { type OnnxOutline, type OnnxPort, readOnnxOutline } from './onnx-outline.ts'
import { type OnnxKnowledge, readOnnxProperties } from './onnx-properties.ts'

export interface OnnxImport {
  /** What the person calls the file. */
  name: string
  bytes: Uint8Array
  /** A text file's content: a label (or a character) on each line, or a JSON list. */
  labels?: string | undefined
  options: ModelImportOptions
}

const float32 = 1
const unitScale = 1 / 255
const probabilityOperators = new Set(['Softmax', 'Sigmoid'])

/**
 * What an ONNX file from elsewhere is as a model version: from its graph, from what Glyphlab wrote into it, and from the
 * options, which come first.
 * @throws GlyphlabError INVALID_INPUT for what is no such model or not enough to go by: says what was expected and found
 */
export function describeOnnx({
  name,
  bytes,
  labels: labelsText,
  options,
}: OnnxImport): Omit<PictureManifest, 'files'> {
  const outline = readOnnxOutline(bytes, name)
  const known = readOnnxProperties(outline.properties)
  const refuse = (reason: string) => new GlyphlabError('INVALID_INPUT', `${name}: ${reason}`)
  if (outline.weightElsewhere !== undefined) {
    throw refuse(
      `its weights ("${outline.weightElsewhere}" and others) lie in a file beside it. Save the model as one file (onnx.save without external data) and import that.`,
    )
  }
  if (known.kind === 'table-classifier' || known.kind === 'table-regressor') {
    throw refuse(
      'it is a model of tables, and ONNX models of pictures are imported only. Train on the table here.',
    )
  }
  const { input, output } = ports(outline, refuse)
  const kind = kindOf(output.shape, options.kind ?? known.kind, refuse)
  const picture = pictureOf(input, kind, options, known, refuse)
  const labels = labelsText === undefined ? known.labels : parseLabels(labelsText, kind)
  const classes = output.shape.at(-1)
  const wanted = kind === 'line-recogniser' ? 'characters of its alphabet (and the blank)' : 'classes'
  if (!labels || labels.length === 0) {
    throw refuse(
      `it tells ${classes ?? 'some'} ${wanted} apart and does not name them. Give a text file with ${kind === 'line-recogniser' ? 'one character' : 'one label'} on each line (--labels FILE).`,
    )
  }
  const expected = labels.length + (kind === 'line-recogniser' ? 1 : 0)
  if (typeof classes === 'number' && classes !== expected) {
    throw refuse(
      kind === 'line-recogniser'
        ? `it tells ${classes} ${wanted} apart, so that ${classes - 1} characters are expected; ${labels.length} were given.`
        : `it tells ${classes} ${wanted} apart; ${labels.length} labels were given.`,
    )
  }
  const values = options.values ?? known.values ?? valuesOf(outline)
  const outputShape = kind === 'line-recogniser' ? [-1, -1, expected] : [-1, expected]
  return {
    format: 'glyphlab-model/1',
    kind,
    labels,
    signature: {
      input: { name: input.name, dtype: 'float32', shape: picture.shape, layout: picture.layout },
      output: {
        name: output.name,
        dtype: 'float32',
        shape: outputShape,
        values,
        ...(kind === 'line-recogniser' && { blank: options.blank ?? known.blank ?? 'last' }),
      },
    },
    preprocessing: picture.preprocessing,
    runId: null,
    datasetDigest: known.datasetDigest ?? null,
  }
}

type Refuse = (reason: string) => GlyphlabError
type ShapedPort = OnnxPort & { shape: (number | null)[] }

const shapeText = (port: OnnxPort) =>
  `${port.name}: ${port.type === float32 ? 'float32' : `type ${port.type}`}${port.shape ? ` [${port.shape.map((size) => size ?? '?').join(', ')}]` : ''}`

function ports({ inputs, outputs }: OnnxOutline, refuse: Refuse): { input: ShapedPort; output: ShapedPort } {
  const [[input, ...moreInputs], [output, ...moreOutputs]] = [inputs, outputs]
  const found = `It has inputs ${inputs.map(shapeText).join('; ')} and outputs ${outputs.map(shapeText).join('; ')}.`
  if (!input || !output || moreInputs.length > 0 || moreOutputs.length > 0) {
    throw refuse(`a model with one input (pictures) and one output (classes) is expected. ${found}`)
  }
  if (input.type !== float32 || output.type !== float32) {
    throw refuse(`float32 values are expected at the input and the output. ${found}`)
  }
  const [inputShape, outputShape] = [input.shape, output.shape]
  if (inputShape?.length !== 4 || !outputShape || ![2, 3].includes(outputShape.length)) {
    throw refuse(
      `pictures of four sizes ([batch, height, width, channels] or [batch, channels, height, width]) and an output of two ([batch, classes]) or three ([batch, frames, classes]) are expected. ${found}`,
    )
  }
  const [batch] = inputShape
  if (typeof batch === 'number' && batch !== 1) {
    throw refuse(`it takes exactly ${batch} pictures at once. Export it with an open batch, or one of 1.`)
  }
  return { input: { ...input, shape: inputShape }, output: { ...output, shape: outputShape } }
}

function kindOf(shape: readonly (number | null)[], asked: ModelKind | undefined, refuse: Refuse): ModelKind {
  const found = shape.length === 3 ? 'line-recogniser' : 'image-classifier'
  if (asked === undefined || asked === found) return found
  throw refuse(
    `a ${asked} gives ${asked === 'line-recogniser' ? '[batch, frames, classes]' : '[batch, classes]'}; this model's output has ${shape.length} sizes.`,
  )
}

/** Softmax in the model, or not. */
const valuesOf = ({ lastOperator }: OnnxOutline) =>
  lastOperator !== undefined && probabilityOperators.has(lastOperator) ? 'probabilities' : 'logits'

function pictureOf(
  { shape }: ShapedPort,
  kind: ModelKind,
  options: ModelImportOptions,
  known: OnnxKnowledge,
  refuse: Refuse,
): { shape: number[]; layout: 'nhwc' | 'nchw'; preprocessing: ImagePreprocessing } {
  const layout = options.layout ?? known.layout ?? layoutOf(shape, refuse)
  const [, ...sizes] = shape
  const [height, width, channels] =
    layout === 'nhwc' ? [sizes[0], sizes[1], sizes[2]] : [sizes[1], sizes[2], sizes[0]]
  /** What the graph says holds; the options fill what it leaves open. */
  const settle = (what: 'height' | 'width' | 'channels', graph: number | null | undefined): number => {
    const chosen = options[what] ?? known.preprocessing?.[what]
    if (typeof graph === 'number' && options[what] !== undefined && options[what] !== graph) {
      throw refuse(`its ${what} is ${graph}, not ${options[what]}.`)
    }
    const size = graph ?? chosen
    if (typeof size === 'number' && size > 0) return size
    throw refuse(`it leaves the ${what} of pictures open. Say which it was trained with (--${what} N).`)
  }
  const settledChannels = settle('channels', channels)
  if (settledChannels !== 1 && settledChannels !== 3) {
    throw refuse(`pictures with 1 channel (grey) or 3 (colour) are expected; it takes ${settledChannels}.`)
  }
  const lines = kind === 'line-recogniser'
  if (lines && typeof width === 'number') {
    throw refuse(
      `it reads lines of exactly ${width} px; lines are of any width here. Export it with an open width.`,
    )
  }
  const size = {
    height: settle('height', height),
    width: lines ? 0 : settle('width', width),
    channels: settledChannels,
  } as const
  const picture = [size.height, lines ? -1 : size.width]
  return {
    shape: layout === 'nhwc' ? [-1, ...picture, size.channels] : [-1, size.channels, ...picture],
    layout,
    preprocessing: { ...size, ...pixelsOf(options, known.preprocessing, size.channels, refuse) },
  }
}

function layoutOf([, second, , fourth]: readonly (number | null)[], refuse: Refuse): 'nhwc' | 'nchw' {
  const isChannels = (size: number | null | undefined) => size === 1 || size === 3
  if (isChannels(second) && !isChannels(fourth)) return 'nchw'
  if (isChannels(fourth) && !isChannels(second)) return 'nhwc'
  throw refuse(
    'its input does not show where the channels of a picture stand. Say --layout nchw (channels first) or nhwc (channels last).',
  )
}

function pixelsOf(
  { scale, mean, std }: ModelImportOptions,
  known: ImagePreprocessing | undefined,
  channels: 1 | 3,
  refuse: Refuse,
): Pick<ImagePreprocessing, 'scale' | 'offset' | 'perChannel'> {
  if (scale === undefined && mean === undefined && std === undefined && known) {
    const { perChannel } = known
    return { scale: known.scale, offset: known.offset, ...(perChannel && { perChannel }) }
  }
  for (const [what, list] of Object.entries({ mean, std })) {
    if (list && list.length !== 1 && list.length !== channels) {
      throw refuse(
        `one ${what} or one for each of its ${channels} channels is expected; ${list.length} were given.`,
      )
    }
  }
  const plain = scale ?? unitScale
  const spread = (list: number[] | undefined, fallback: number) =>
    Array.from({ length: channels }, (_, channel) => list?.[list.length === 1 ? 0 : channel] ?? fallback)
  const [means, deviations] = [spread(mean, 0), spread(std, 1)]
  const scales = deviations.map((deviation) => plain / deviation)
  const offsets = means.map((average, channel) => (0 - average) / (deviations[channel] ?? 1))
  const even = [scales, offsets].every((list) => list.every((value) => value === list[0]))
  const first = { scale: scales[0] ?? plain, offset: offsets[0] ?? 0 }
  return even ? first : { ...first, perChannel: { scale: scales, offset: offsets } }
}

/** Lines of a text, or a JSON list. A character may be a space, so that lines are not trimmed for an alphabet. */
function parseLabels(text: string, kind: ModelKind): string[] {
  const plain = text.replace(/^\uFEFF/, '')
  if (plain.trimStart().startsWith('[')) {
    try {
      const list: unknown = JSON.parse(plain)
      if (Array.isArray(list) && list.every((label) => typeof label === 'string')) return list
    } catch {
      // A text whose first label begins with a bracket.
    }
  }
  const lines = plain.split(/\r\n|\r|\n/)
  if (lines.at(-1) === '') lines.pop()
  return kind === 'line-recogniser' ? lines : lines.map((line) => line.trim())
}

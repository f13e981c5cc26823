import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import type { ImagePreprocessing, ModelSignature } from '../contract/index.ts'
import { encodePng } from '../imaging/png.ts'
import { type MlflowExample, mlmodelFile } from './mlflow-folder.ts'

/** What MLflow calls the file of an example of tensors, and the same as a request to its scoring server. */
export const mlflowExampleFile = 'input_example.json'
export const mlflowRequestFile = 'serving_input_example.json'

/** An example is one picture or a few; more than that is a data set. */
const largestExample = 64 * 1024 ** 2

const mlmodelExample = z.object({
  saved_input_example_info: z.looseObject({ artifact_path: z.string() }).nullish(),
  metadata: z
    .looseObject({
      glyphlab: z.looseObject({ input_example: z.object({ path: z.string(), name: z.string() }) }),
    })
    .nullish()
    .catch(null),
})

type Nested = number | Nested[]
interface Tensor {
  values: number[]
  shape: number[]
}

/** The first tensor of `{"inputs": [...]}`, `{"inputs": {"name": [...]}}` or of the bare list; null for anything else. */
function tensorIn(json: unknown): Tensor | null {
  const inputs = isRecord(json) && 'inputs' in json ? json['inputs'] : json
  const nested = (isRecord(inputs) ? Object.values(inputs)[0] : inputs) as Nested | undefined
  const shape: number[] = []
  for (let level: Nested | undefined = nested; Array.isArray(level); level = level[0])
    shape.push(level.length)
  if (!Array.isArray(nested) || shape.length === 0) return null
  const values: unknown[] = (nested as unknown[]).flat(shape.length)
  const whole = values.length === shape.reduce((a, b) => a * b, 1)
  return whole && values.every((value) => typeof value === 'number') ? { values, shape } : null
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The picture that becomes this tensor (the first of a batch) when it is prepared for the model; null where there is none:
 * other sizes, or values that no pixel has.
 */
export function pictureOfTensor(
  { values, shape }: Tensor,
  preprocessing: ImagePreprocessing,
  layout: ModelSignature['input']['layout'],
): Buffer | null {
  const sizes = shape.length === 4 ? shape.slice(1) : shape
  const [height = 0, width = 0, channels = 0] =
    layout === 'nchw' ? [sizes[1], sizes[2], sizes[0]] : [sizes[0], sizes[1], sizes[2]]
  if (sizes.length !== 3 || height !== preprocessing.height || channels !== preprocessing.channels)
    return null
  if (width < 1 || (preprocessing.width !== 0 && width !== preprocessing.width)) return null
  const area = height * width
  const pixels = new Uint8Array(area * channels)
  for (let channel = 0; channel < channels; channel++) {
    const scale = preprocessing.perChannel?.scale[channel] ?? preprocessing.scale
    const offset = preprocessing.perChannel?.offset[channel] ?? preprocessing.offset
    for (let at = 0; at < area; at++) {
      const value = values[layout === 'nchw' ? channel * area + at : at * channels + channel] as number
      const pixel = Math.round((value - offset) / scale)
      if (!(pixel >= 0 && pixel <= 255)) return null
      pixels[at * channels + channel] = pixel
    }
  }
  return encodePng(pixels, width, height)
}

/**
 * The input example of an MLflow model folder as a picture: the one that Glyphlab wrote beside it, or the tensor that MLflow
 * keeps. Null: it has none, or none that is a picture for this model.
 */
export async function mlflowExample(
  directory: string,
  preprocessing: ImagePreprocessing,
  layout: ModelSignature['input']['layout'],
): Promise<{ name: string; bytes: Buffer } | null> {
  const parsed = mlmodelExample.safeParse(parse(await readFile(path.join(directory, mlmodelFile), 'utf8')))
  const own = parsed.data?.metadata?.glyphlab.input_example
  const read = async (name: string) => {
    const file = path.join(directory, path.basename(name))
    return existsSync(file) && (await stat(file)).size <= largestExample ? readFile(file) : null
  }
  const picture = own && (await read(own.path))
  if (own && picture) return { name: own.name, bytes: picture }
  const names = [parsed.data?.saved_input_example_info?.artifact_path, mlflowRequestFile, mlflowExampleFile]
  for (const name of names.filter((each) => each !== undefined)) {
    const bytes = await read(name)
    const tensor = bytes && tensorIn(jsonIn(bytes))
    const made = tensor && pictureOfTensor(tensor, preprocessing, layout)
    if (made) return { name: 'input_example.png', bytes: made }
  }
  return null
}

function jsonIn(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return null
  }
}

/** A tensor as nested lists. */
function nest(values: Float32Array, [first = 0, ...rest]: readonly number[]): Nested[] {
  if (rest.length === 0) return Array.from(values)
  const size = rest.reduce((a, b) => a * b, 1)
  return Array.from({ length: first }, (_, i) => nest(values.subarray(i * size, (i + 1) * size), rest))
}

/** What MLflow reads the example of a model of tensors from: the file and its entry in MLmodel. */
export function mlflowExampleFiles(
  input: string,
  { values, shape }: { values: Float32Array; shape: readonly number[] },
): MlflowExample {
  const inputs = { [input]: nest(values, shape) }
  return {
    info: {
      artifact_path: mlflowExampleFile,
      serving_input_path: mlflowRequestFile,
      type: 'ndarray',
    },
    files: [
      { path: mlflowExampleFile, text: `${JSON.stringify(inputs)}\n` },
      { path: mlflowRequestFile, text: `${JSON.stringify({ inputs })}\n` },
    ],
  }
}

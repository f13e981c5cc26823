import { GlyphlabError } from '../../contract/index.ts'
import type { OnnxGraph } from './onnx-graph.ts'

/** What flows between layers. ONNX convolves channels first, tfjs channels last: pictures carry which it is. */
export interface LayerValue {
  name: string
  rank: number
  /** Only of rank 4. */
  channelsFirst: boolean
}

export interface StoredWeight {
  shape: readonly number[]
  values: Float32Array
}

/** A layer as it stands in `model.json`, with its weights. */
export interface StoredLayer {
  name: string
  type: string
  config: Readonly<Record<string, unknown>>
  /** By their own names (`kernel`, `bias`). */
  weights: ReadonlyMap<string, StoredWeight>
}

export interface LayerContext {
  graph: OnnxGraph
  layer: StoredLayer
}

/** What a layer does to its inputs. */
export type LayerExport = (context: LayerContext, inputs: readonly LayerValue[]) => LayerValue

/** A value with its channels first; transposed where they are last. */
export function channelsFirst({ graph }: LayerContext, value: LayerValue): LayerValue {
  if (value.rank !== 4 || value.channelsFirst) return value
  return {
    ...value,
    name: graph.node('Transpose', [value.name], { perm: [0, 3, 1, 2] }),
    channelsFirst: true,
  }
}

export function channelsLast({ graph }: Pick<LayerContext, 'graph'>, value: LayerValue): LayerValue {
  if (!value.channelsFirst) return value
  return {
    ...value,
    name: graph.node('Transpose', [value.name], { perm: [0, 2, 3, 1] }),
    channelsFirst: false,
  }
}

export function onlyInput({ layer }: LayerContext, inputs: readonly LayerValue[]): LayerValue {
  const [input] = inputs
  if (input && inputs.length === 1) return input
  throw unsupported(layer, `it has ${inputs.length} inputs where one is expected`)
}

export function weightOf({ layer }: LayerContext, name: string): StoredWeight {
  const weight = layer.weights.get(name)
  if (weight) return weight
  throw unsupported(layer, `its weight "${name}" is not among the model's`)
}

/** A number of the layer's configuration, or `fallback` where it has none. */
export function numberOf({ layer }: LayerContext, key: string, fallback: number): number {
  const value = layer.config[key] ?? fallback
  if (typeof value === 'number') return value
  throw unsupported(layer, `its ${key} is ${JSON.stringify(value)}`)
}

/** Height and width of a kernel, window or step, which may be written as one number. */
export function sizesOf(
  { layer }: LayerContext,
  key: string,
  fallback?: readonly number[],
): readonly number[] {
  const value = layer.config[key] ?? fallback
  if (typeof value === 'number') return [value, value]
  if (Array.isArray(value) && value.length === 2 && value.every((each) => typeof each === 'number')) {
    return value as number[]
  }
  throw unsupported(layer, `its ${key} is ${JSON.stringify(value)}`)
}

/** The attribute for a layer's padding; TensorFlow's `same` puts the odd pixel at the end. */
export function paddingOf({ layer }: LayerContext): string {
  const padding = layer.config['padding'] ?? 'valid'
  if (padding === 'valid') return 'VALID'
  if (padding === 'same') return 'SAME_UPPER'
  throw unsupported(layer, `its padding is ${JSON.stringify(padding)}`)
}

export function unsupported(
  { type, name }: Pick<StoredLayer, 'type' | 'name'>,
  reason: string,
): GlyphlabError {
  return new GlyphlabError(
    'UNSUPPORTED',
    `The layer "${name}" (${type}) has no counterpart in ONNX here: ${reason}. Export the model as tfjs instead.`,
    { layer: name, type },
  )
}

import { GlyphlabError } from '../../contract/index.ts'

/** A layer as Keras 2 and 3 write it. */
export interface KerasLayer {
  class_name: string
  name?: string
  config: Record<string, unknown>
  inbound_nodes?: unknown[]
}

interface KnownLayer {
  /** Names of its weights in tfjs, in the order in which Keras stores them. */
  weights: (config: Record<string, unknown>) => string[]
  /** What of its options tfjs can't do; null where it can do all. */
  refuse?: (config: Record<string, unknown>) => string | null
  /** Options that tfjs calls otherwise. */
  rename?: Record<string, string>
}

const biased = (kernel: string) => (config: Record<string, unknown>) =>
  config['use_bias'] === false ? [kernel] : [kernel, 'bias']

const none: KnownLayer = { weights: () => [] }
const convolution: Pick<KnownLayer, 'refuse'> = {
  refuse: ({ groups = 1 }) => (groups === 1 ? null : `its filters are in ${groups} groups`),
}
const pooled: KnownLayer = {
  weights: () => [],
  refuse: ({ keepdims = false }) => (keepdims ? 'it keeps the sides that it takes the mean of' : null),
}

/** By class name: what tfjs can do of Keras. Another layer = one line here. */
const known: Readonly<Record<string, KnownLayer>> = {
  Activation: none,
  Add: none,
  AveragePooling2D: none,
  BatchNormalization: {
    weights: ({ scale = true, center = true }) => [
      ...(scale ? ['gamma'] : []),
      ...(center ? ['beta'] : []),
      'moving_mean',
      'moving_variance',
    ],
  },
  Concatenate: none,
  Conv2D: { weights: biased('kernel'), ...convolution },
  Dense: { weights: biased('kernel') },
  DepthwiseConv2D: { weights: biased('depthwise_kernel'), ...convolution },
  Dropout: none,
  Flatten: none,
  GaussianDropout: none,
  GaussianNoise: none,
  GlobalAveragePooling2D: pooled,
  GlobalMaxPooling2D: pooled,
  InputLayer: none,
  LeakyReLU: { weights: () => [], rename: { negative_slope: 'alpha' } },
  MaxPooling2D: none,
  Permute: none,
  ReLU: {
    weights: () => [],
    refuse: ({ negative_slope = 0, threshold = 0 }) =>
      Number(negative_slope) !== 0 || Number(threshold) !== 0
        ? 'it has a slope or a threshold of its own'
        : null,
  },
  Reshape: none,
  Softmax: none,
  SpatialDropout2D: none,
  ZeroPadding2D: none,
}

/** Options of tfjs' layers that Keras 3 writes as an object with a `class_name`. */
const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const { class_name: type, config } = value as { class_name?: string; config?: Record<string, unknown> }
  if (type === undefined || config === undefined) return value
  // `float32`, which Keras 3 calls a policy.
  if (type === 'DTypePolicy') return config['name']
  return { class_name: type, config }
}

/** What says how a layer was trained is of no use to one that is only asked, and tfjs may not know it. */
const training =
  /_(initializer|regularizer|constraint)$|^(trainable|sparse|ragged|optional|synchronized|renorm.*)$/

/** @throws GlyphlabError UNSUPPORTED, naming the layer */
export function knownLayer(name: string, { class_name: type, config }: KerasLayer): KnownLayer {
  const layer = known[type]
  const refused =
    layer === undefined ? 'TensorFlow.js, as it is used here, has no such layer' : layer.refuse?.(config)
  if (layer === undefined || typeof refused === 'string')
    throw new GlyphlabError(
      'UNSUPPORTED',
      `${name}: the layer "${nameOf({ class_name: type, config })}" (${type}) can not be taken over: ${refused}. Export the model as ONNX (model.export(..., format="onnx")) and import that.`,
      { layer: nameOf({ class_name: type, config }), type },
    )
  return layer
}

export const nameOf = ({ name, config }: KerasLayer): string => String(config['name'] ?? name)

/** The layer as tfjs reads it. @param inputs names of the layers before it */
export function layerForTfjs(name: string, layer: KerasLayer, inputs: readonly string[]): object {
  const { rename = {} } = knownLayer(name, layer)
  const config = Object.fromEntries(
    Object.entries(layer.config)
      .filter(([key, value]) => !training.test(key) && value !== undefined)
      .map(([key, value]) => [rename[key] ?? key, plain(value)]),
  )
  if (layer.class_name === 'InputLayer' || config['batch_shape'] !== undefined) {
    config['batch_input_shape'] ??= config['batch_shape']
    delete config['batch_shape']
  }
  return {
    class_name: layer.class_name,
    name: nameOf(layer),
    config: { ...config, name: nameOf(layer) },
    inbound_nodes: inputs.length === 0 ? [] : [inputs.map((input) => [input, 0, 0, {}])],
  }
}

import type { serialization, Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core'
import type { SymbolicTensor } from '@tensorflow/tfjs-layers'
import type { TensorFlow } from '../backends/backend.ts'
import { lstm } from './lstm.ts'

export interface BidirectionalLstmConfig {
  name?: string
  /** Of each direction. */
  units: number
  /** Every initial weight follows from it. */
  seed?: number
}

/** A layer from `[batch, frames, features]` to `[batch, frames, 2 units]`. */
export interface BidirectionalLstmLayer {
  apply(input: SymbolicTensor): SymbolicTensor
}

type LayerClass = new (config: BidirectionalLstmConfig) => BidirectionalLstmLayer

/** Each backend may bring a tfjs of its own, whose layers must derive from its own classes. */
const classes = new WeakMap<object, LayerClass>()

/**
 * The layer class for this tfjs, registered so that saved models that hold it can be loaded. Its weights are those of
 * Keras' `Bidirectional(LSTM(units, return_sequences=True))`, in the same order: kernel, recurrent kernel and bias
 * forwards, then backwards.
 */
export function bidirectionalLstm(tf: TensorFlow): LayerClass {
  const known = classes.get(tf.layers)
  if (known) return known

  class GlyphlabBidirectionalLstm extends tf.layers.Layer {
    static className = 'GlyphlabBidirectionalLstm'
    readonly units: number
    readonly seed: number

    constructor(config: BidirectionalLstmConfig) {
      super(config.name === undefined ? {} : { name: config.name })
      this.units = config.units
      this.seed = config.seed ?? 0
      this.supportsMasking = false
    }

    override build(inputShape: (number | null)[]): void {
      const features = inputShape.at(-1) ?? 0
      const wide = 4 * this.units
      for (const [index, direction] of ['forward', 'backward'].entries()) {
        const seed = this.seed + 2 * index
        const kernel = tf.initializers.glorotUniform({ seed })
        // Glorot's range for the four gates apart; orthogonal matrices would take a decomposition per gate.
        const range = Math.sqrt(3 / this.units)
        const recurrent = tf.initializers.randomUniform({
          minval: -range / 2,
          maxval: range / 2,
          seed: seed + 1,
        })
        this.addWeight(`${direction}_kernel`, [features, wide], 'float32', kernel)
        this.addWeight(`${direction}_recurrent_kernel`, [this.units, wide], 'float32', recurrent)
        this.addWeight(`${direction}_bias`, [wide], 'float32', tf.initializers.zeros())
        this.openForgetGate()
      }
      this.built = true
    }

    /** A forget gate that begins open lets gradients through long lines (Jozefowicz et al. 2015). */
    private openForgetGate(): void {
      const bias = this.weights.at(-1)
      const values = new Float32Array(4 * this.units).fill(1, this.units, 2 * this.units)
      bias?.write(tf.tensor1d(values))
    }

    override computeOutputShape(inputShape: (number | null)[]): (number | null)[] {
      return [...inputShape.slice(0, -1), 2 * this.units]
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      return tf.tidy(() => {
        const input = (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor3D
        const [batch, frames, features] = input.shape
        const rows = tf.reshape(input, [batch * frames, features]) as Tensor2D
        const read = this.weights.map((weight) => weight.read())
        const sides = [false, true].map((reverse) => {
          const [kernel, recurrent, bias] = read.slice(reverse ? 3 : 0, reverse ? 6 : 3) as [
            Tensor2D,
            Tensor2D,
            Tensor,
          ]
          const projected = tf.add(tf.matMul(rows, kernel), bias)
          return lstm(tf, tf.reshape(projected, [batch, frames, 4 * this.units]), recurrent, { reverse })
        })
        return tf.concat(sides, 2)
      })
    }

    override getConfig(): serialization.ConfigDict {
      return { ...super.getConfig(), units: this.units, seed: this.seed }
    }
  }

  tf.serialization.registerClass(GlyphlabBidirectionalLstm as never)
  classes.set(tf.layers, GlyphlabBidirectionalLstm as unknown as LayerClass)
  return GlyphlabBidirectionalLstm as unknown as LayerClass
}

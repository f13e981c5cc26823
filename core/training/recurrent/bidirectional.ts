import type { serialization, Tensor, Tensor3D } from '@tensorflow/tfjs-core'
import type { SymbolicTensor } from '@tensorflow/tfjs-layers'
import type { RecurrentCellName } from '../../contract/index.ts'
import type { TensorFlow } from '../backends/backend.ts'
import type { CellWeights, RecurrentCell } from './cell.ts'
import { gruCell } from './gru.ts'
import { lstmCell } from './lstm.ts'

export interface BidirectionalConfig {
  name?: string
  /** Of each direction. */
  units: number
  /** Every initial weight follows from it. */
  seed?: number
}

/** A layer from `[batch, frames, features]` to `[batch, frames, 2 units]`. */
export interface BidirectionalLayer {
  apply(input: SymbolicTensor): SymbolicTensor
}

type LayerClass = new (config: BidirectionalConfig) => BidirectionalLayer

const cells: Readonly<Record<RecurrentCellName, RecurrentCell>> = { lstm: lstmCell, gru: gruCell }

/** Each backend may bring a tfjs of its own, whose layers must derive from its own classes. */
const classes = new WeakMap<object, Record<RecurrentCellName, LayerClass>>()

/**
 * The layer class for this tfjs, registered (as that of every other cell) so that saved models that hold it can be
 * loaded. Its weights are those of Keras' `Bidirectional(LSTM(units, return_sequences=True))`, or of `GRU` in place of
 * `LSTM`, in the same order: kernel, recurrent kernel and bias forwards, then backwards.
 */
export function bidirectional(tf: TensorFlow, cell: RecurrentCellName): LayerClass {
  const known = classes.get(tf.layers)
  if (known) return known[cell]
  const made = { lstm: layerClass(tf, cells.lstm), gru: layerClass(tf, cells.gru) }
  classes.set(tf.layers, made)
  return made[cell]
}

/** To be called before a saved model is loaded. */
export function registerRecurrentLayers(tf: TensorFlow): void {
  bidirectional(tf, 'lstm')
}

function layerClass(tf: TensorFlow, cell: RecurrentCell): LayerClass {
  class Bidirectional extends tf.layers.Layer {
    static className = cell.className
    readonly units: number
    readonly seed: number

    constructor(config: BidirectionalConfig) {
      super(config.name === undefined ? {} : { name: config.name })
      this.units = config.units
      this.seed = config.seed ?? 0
      this.supportsMasking = false
    }

    override build(inputShape: (number | null)[]): void {
      const features = inputShape.at(-1) ?? 0
      const wide = cell.gates * this.units
      for (const [index, direction] of ['forward', 'backward'].entries()) {
        const seed = this.seed + 2 * index
        const kernel = tf.initializers.glorotUniform({ seed })
        // Glorot's range for the gates apart; orthogonal matrices would take a decomposition per gate.
        const range = Math.sqrt(3 / this.units)
        const recurrent = tf.initializers.randomUniform({
          minval: -range / 2,
          maxval: range / 2,
          seed: seed + 1,
        })
        const bias = cell.firstBias(this.units)
        this.addWeight(`${direction}_kernel`, [features, wide], 'float32', kernel)
        this.addWeight(`${direction}_recurrent_kernel`, [this.units, wide], 'float32', recurrent)
        this.addWeight(`${direction}_bias`, bias.shape, 'float32', tf.initializers.zeros())
        this.weights.at(-1)?.write(tf.tensor(bias.values, bias.shape))
      }
      this.built = true
    }

    override computeOutputShape(inputShape: (number | null)[]): (number | null)[] {
      return [...inputShape.slice(0, -1), 2 * this.units]
    }

    override call(inputs: Tensor | Tensor[]): Tensor {
      return tf.tidy(() => {
        const input = (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor3D
        const read = this.weights.map((weight) => weight.read())
        const sides = [false, true].map((reverse) => {
          const weights = read.slice(reverse ? 3 : 0, reverse ? 6 : 3) as CellWeights
          return cell.run(tf, input, weights, { reverse })
        })
        return tf.concat(sides, 2)
      })
    }

    override getConfig(): serialization.ConfigDict {
      return { ...super.getConfig(), units: this.units, seed: this.seed }
    }
  }

  tf.serialization.registerClass(Bidirectional as never)
  return Bidirectional as unknown as LayerClass
}

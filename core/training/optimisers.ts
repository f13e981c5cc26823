import type { Tensor, Variable } from '@tensorflow/tfjs-core'
import type { TrainingOptions } from '../contract/index.ts'
import type { TensorFlow } from './backends/backend.ts'

export interface Optimiser {
  /** What it remembers from step to step, in a fixed order: kept in checkpoints. */
  readonly slots: Variable[]
  /**
   * Moves the weights.
   * @param gradients in the order of the variables
   * @param rate learning rate of this step
   * @param step 1-based
   */
  apply(gradients: Tensor[], rate: number, step: number): void
  dispose(): void
}

type OptimiserOptions = Pick<TrainingOptions, 'optimizer' | 'weightDecay' | 'gradientClip'>

export const plainOptimiser: OptimiserOptions = { optimizer: 'adam', weightDecay: 0, gradientClip: 0 }

/** What one kind takes from to a variable's value, from its gradient and its slots. */
interface Rule {
  slotCount: number
  move(gradient: Tensor, slots: Variable[], rate: number, step: number): Tensor
}

const epsilon = 1e-7
const momentum = 0.9

/**
 * Stochastic gradient descent, with momentum (Polyak), Adam (Kingma and Ba, 2015), AdamW (Loshchilov and Hutter, 2019)
 * or RMSProp (Hinton). Weight decay pulls weights of rank 2 and more (not biases, not scales) to zero: apart from the
 * gradient with AdamW, as part of it with the others.
 */
export function createOptimiser(
  tf: TensorFlow,
  variables: readonly Variable[],
  { optimizer, weightDecay, gradientClip }: OptimiserOptions,
): Optimiser {
  const { slotCount, move } = ruleOf(tf, optimizer)
  const decays = (variable: Variable) => weightDecay > 0 && variable.rank >= 2
  const slots = variables.map((variable) =>
    Array.from({ length: slotCount }, () => tf.variable(tf.zerosLike(variable), false)),
  )
  return {
    slots: slots.flat(),

    apply(gradients, rate, step) {
      tf.tidy(() => {
        const clipped = gradientClip > 0 ? clipByNorm(tf, gradients, gradientClip) : gradients
        for (const [index, variable] of variables.entries()) {
          let gradient = clipped[index] as Tensor
          if (decays(variable) && optimizer !== 'adamw') {
            gradient = tf.add(gradient, tf.mul(variable, weightDecay))
          }
          let moved = tf.sub(variable, move(gradient, slots[index] ?? [], rate, step))
          if (decays(variable) && optimizer === 'adamw') {
            moved = tf.sub(moved, tf.mul(variable, rate * weightDecay))
          }
          variable.assign(moved)
        }
      })
    },

    dispose() {
      tf.dispose(slots.flat())
    },
  }
}

function ruleOf(tf: TensorFlow, optimizer: OptimiserOptions['optimizer']): Rule {
  const average = (slot: Variable, value: Tensor, keep: number): Tensor => {
    const next = tf.add(tf.mul(slot, keep), tf.mul(value, 1 - keep))
    slot.assign(next)
    return next
  }
  switch (optimizer) {
    case 'sgd':
      return { slotCount: 0, move: (gradient, _, rate) => tf.mul(gradient, rate) }
    case 'momentum':
      return {
        slotCount: 1,
        move(gradient, [velocity], rate) {
          const next = tf.add(tf.mul(velocity as Variable, momentum), gradient)
          velocity?.assign(next)
          return tf.mul(next, rate)
        },
      }
    case 'rmsprop':
      return {
        slotCount: 1,
        move(gradient, [square], rate) {
          const scale = average(square as Variable, tf.square(gradient), 0.9)
          return tf.div(tf.mul(gradient, rate), tf.add(tf.sqrt(scale), epsilon))
        },
      }
    case 'adam':
    case 'adamw':
      return {
        slotCount: 2,
        move(gradient, [first, second], rate, step) {
          const mean = average(first as Variable, gradient, 0.9)
          const scale = average(second as Variable, tf.square(gradient), 0.999)
          // The corrections of both averages' start at zero, folded into two numbers.
          const correction = Math.sqrt(1 - 0.999 ** step)
          const length = (rate * correction) / (1 - 0.9 ** step)
          return tf.div(tf.mul(mean, length), tf.add(tf.sqrt(scale), epsilon * correction))
        },
      }
  }
}

/** Scales all gradients alike so that their common length is at most `longest` (Pascanu et al., 2013). */
function clipByNorm(tf: TensorFlow, gradients: Tensor[], longest: number): Tensor[] {
  const squares = gradients.map((gradient) => tf.sum(tf.square(gradient)))
  const norm = tf.sqrt(tf.addN(squares))
  const scale = tf.div(longest, tf.maximum(norm, longest))
  return gradients.map((gradient) => tf.mul(gradient, scale))
}

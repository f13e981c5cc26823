import type { TensorInfo } from '@tensorflow/tfjs-core'
import { addKernel, type KernelCall } from '../backends/wasm-kernels/wasm-kernel.ts'
import type { Recurrence } from './cell.ts'
import { StepProducts, tanh } from './step-products.ts'

export const gruForward = 'GlyphlabGru'
export const gruBackward = 'GlyphlabGruGradient'

let registered = false

/** Registers the recurrence of a GRU, and its gradient, on the wasm backend. Once a process. */
export function registerGruKernels(): void {
  if (registered) return
  registered = true
  addKernel<'projected' | 'recurrent' | 'bias', Recurrence>(gruForward, forward as never)
  addKernel<'gradient' | 'gates' | 'offers' | 'outputs' | 'recurrent', Recurrence>(
    gruBackward,
    backward as never,
  )
}

/**
 * The recurrence of Cho et al. (2014) with the reset after the product, as in cuDNN and Keras, so that one product a
 * frame is enough. Frame by frame for the whole batch: products by XNNPACK, the rest in one pass over the wasm heap.
 * Gates stand in the order update, reset, candidate, as in Keras.
 * @param projected `[batch, frames, 3 units]`: the inputs times their kernel, plus their bias
 * @param recurrent `[units, 3 units]`
 * @param bias `[3 units]`: of the state's product
 * @returns outputs `[batch, frames, units]`, activated gates like `projected`, what the state offers to the candidate
 *   before the reset, like the outputs
 */
function forward({
  inputs: { projected, recurrent, bias },
  attrs: { reverse },
  backend,
}: KernelCall<'projected' | 'recurrent' | 'bias', Recurrence>): TensorInfo[] {
  const kernels = new StepProducts(backend)
  const [batch, frames, wide] = projected.shape as [number, number, number]
  const units = wide / 3
  const outputs = backend.makeOutput([batch, frames, units], 'float32')
  const gates = backend.makeOutput([batch, frames, wide], 'float32')
  const offers = backend.makeOutput([batch, frames, units], 'float32')
  const state = backend.makeOutput([1, batch, units], 'float32')
  const matrix = { ...recurrent, shape: [1, units, wide] }
  kernels.view(state).fill(0)
  for (let step = 0; step < frames; step++) {
    const frame = reverse ? frames - 1 - step : step
    const sums = kernels.product(state, matrix)
    addFrame(kernels.view(sums), kernels.view(projected), kernels.view(bias), batch, frames, wide, frame)
    const opened = kernels.sigmoid(sums)
    const sum = kernels.view(sums)
    const open = kernels.view(opened)
    const input = kernels.view(projected)
    const gate = kernels.view(gates)
    const offer = kernels.view(offers)
    const output = kernels.view(outputs)
    const kept = kernels.view(state)
    for (let row = 0; row < batch; row++) {
      const from = row * wide
      const to = (row * frames + frame) * wide
      const at = (row * frames + frame) * units
      for (let unit = 0; unit < units; unit++) {
        const update = open[from + unit] as number
        const reset = open[from + units + unit] as number
        const offered = sum[from + 2 * units + unit] as number
        const fresh = tanh((input[to + 2 * units + unit] as number) + reset * offered)
        const said = update * (kept[row * units + unit] as number) + (1 - update) * fresh
        gate[to + unit] = update
        gate[to + units + unit] = reset
        gate[to + 2 * units + unit] = fresh
        offer[at + unit] = offered
        output[at + unit] = said
        kept[row * units + unit] = said
      }
    }
    kernels.dispose(sums, opened)
  }
  kernels.dispose(state)
  return [outputs, gates, offers]
}

/** Adds the bias to `sums`, `[batch, 3 units]`, and one frame's projection to the gates, but not to the candidate. */
function addFrame(
  sums: Float32Array,
  projected: Float32Array,
  bias: Float32Array,
  batch: number,
  frames: number,
  wide: number,
  frame: number,
): void {
  const candidate = (2 * wide) / 3
  for (let row = 0; row < batch; row++) {
    const from = (row * frames + frame) * wide
    const to = row * wide
    for (let at = 0; at < wide; at++) {
      const sum = (sums[to + at] as number) + (bias[at] as number)
      sums[to + at] = at < candidate ? sum + (projected[from + at] as number) : sum
    }
  }
}

/**
 * From the outputs' gradient to that of `projected`, and to that of the state's product, which differs from it by the
 * reset in the candidate. Those of kernels and biases follow from them by single ops over all frames.
 */
function backward({
  inputs: { gradient, gates, offers, outputs, recurrent },
  attrs: { reverse },
  backend,
}: KernelCall<'gradient' | 'gates' | 'offers' | 'outputs' | 'recurrent', Recurrence>): TensorInfo[] {
  const kernels = new StepProducts(backend)
  const [batch, frames, wide] = gates.shape as [number, number, number]
  const units = wide / 3
  const ofInputs = backend.makeOutput([batch, frames, wide], 'float32')
  const ofProducts = backend.makeOutput([batch, frames, wide], 'float32')
  const slopes = backend.makeOutput([1, batch, wide], 'float32')
  const turned = { ...kernels.transpose(recurrent, [1, 0]), shape: [1, wide, units] }
  const carried = new Float32Array(batch * units)
  let returned: TensorInfo | null = null
  for (let step = frames - 1; step >= 0; step--) {
    const frame = reverse ? frames - 1 - step : step
    const before = reverse ? frame + 1 : frame - 1
    const back = returned ? kernels.view(returned) : null
    const dy = kernels.view(gradient)
    const gate = kernels.view(gates)
    const offer = kernels.view(offers)
    const output = kernels.view(outputs)
    const slope = kernels.view(slopes)
    const input = kernels.view(ofInputs)
    const product = kernels.view(ofProducts)
    for (let row = 0; row < batch; row++) {
      const from = (row * frames + frame) * wide
      const at = (row * frames + frame) * units
      const old = (row * frames + before) * units
      for (let unit = 0; unit < units; unit++) {
        const update = gate[from + unit] as number
        const reset = gate[from + units + unit] as number
        const fresh = gate[from + 2 * units + unit] as number
        const place = row * units + unit
        const said =
          (dy[at + unit] as number) + (carried[place] as number) + (back ? (back[place] as number) : 0)
        const earlier = step === 0 ? 0 : (output[old + unit] as number)
        const candidate = said * (1 - update) * (1 - fresh * fresh)
        carried[place] = said * update
        const to = row * wide + unit
        slope[to] = said * (earlier - fresh) * update * (1 - update)
        slope[to + units] = candidate * (offer[at + unit] as number) * reset * (1 - reset)
        slope[to + 2 * units] = candidate * reset
        input[from + 2 * units + unit] = candidate
      }
      product.set(slope.subarray(row * wide, (row + 1) * wide), from)
      input.set(slope.subarray(row * wide, row * wide + 2 * units), from)
    }
    if (returned) kernels.dispose(returned)
    returned = step > 0 ? kernels.product(slopes, turned) : null
  }
  kernels.dispose(slopes, turned)
  return [ofInputs, ofProducts]
}

import type { TensorInfo } from '@tensorflow/tfjs-core'
import { addKernel, type KernelCall } from '../backends/wasm-kernels/wasm-kernel.ts'
import type { Recurrence } from './cell.ts'
import { StepProducts, tanh } from './step-products.ts'

export const lstmForward = 'GlyphlabLstm'
export const lstmBackward = 'GlyphlabLstmGradient'

let registered = false

/** Registers the recurrence of an LSTM, and its gradient, on the wasm backend. Once a process. */
export function registerLstmKernels(): void {
  if (registered) return
  registered = true
  addKernel<'projected' | 'recurrent', Recurrence>(lstmForward, forward as never)
  addKernel<'gradient' | 'gates' | 'cells' | 'recurrent', Recurrence>(lstmBackward, backward as never)
}

/**
 * The recurrence of Hochreiter and Schmidhuber (1997) with forget gates, frame by frame for the whole batch: products
 * by XNNPACK, the rest in one pass over the wasm heap. Gates stand in the order input, forget, cell, output, as in
 * Keras.
 * @param projected `[batch, frames, 4 units]`: the inputs times their kernel, plus the bias
 * @param recurrent `[units, 4 units]`
 * @returns outputs `[batch, frames, units]`, activated gates like `projected`, cells like the outputs
 */
function forward({
  inputs: { projected, recurrent },
  attrs: { reverse },
  backend,
}: KernelCall<'projected' | 'recurrent', Recurrence>): TensorInfo[] {
  const kernels = new StepProducts(backend)
  const [batch, frames, wide] = projected.shape as [number, number, number]
  const units = wide / 4
  const outputs = backend.makeOutput([batch, frames, units], 'float32')
  const gates = backend.makeOutput([batch, frames, wide], 'float32')
  const cells = backend.makeOutput([batch, frames, units], 'float32')
  const state = backend.makeOutput([1, batch, units], 'float32')
  const matrix = { ...recurrent, shape: [1, units, wide] }
  kernels.view(state).fill(0)
  for (let step = 0; step < frames; step++) {
    const frame = reverse ? frames - 1 - step : step
    const before = reverse ? frame + 1 : frame - 1
    const sums = kernels.product(state, matrix)
    addFrame(kernels.view(sums), kernels.view(projected), batch, frames, wide, frame)
    const opened = kernels.sigmoid(sums)
    const open = kernels.view(opened)
    const gate = kernels.view(gates)
    const cell = kernels.view(cells)
    const output = kernels.view(outputs)
    const kept = kernels.view(state)
    for (let row = 0; row < batch; row++) {
      const from = row * wide
      const to = (row * frames + frame) * wide
      const at = (row * frames + frame) * units
      const old = (row * frames + before) * units
      for (let unit = 0; unit < units; unit++) {
        const input = open[from + unit] as number
        const forget = open[from + units + unit] as number
        // The cell's own gate is a tanh: 2 sigmoid(2 x) - 1, its argument doubled in `addFrame`.
        const fresh = 2 * (open[from + 2 * units + unit] as number) - 1
        const out = open[from + 3 * units + unit] as number
        const value = input * fresh + (step === 0 ? 0 : forget * (cell[old + unit] as number))
        const said = out * tanh(value)
        gate[to + unit] = input
        gate[to + units + unit] = forget
        gate[to + 2 * units + unit] = fresh
        gate[to + 3 * units + unit] = out
        cell[at + unit] = value
        output[at + unit] = said
        kept[row * units + unit] = said
      }
    }
    kernels.dispose(sums, opened)
  }
  kernels.dispose(state)
  return [outputs, gates, cells]
}

/** Adds one frame's projection to `sums`, `[batch, 4 units]`, and doubles what goes into the cell gate. */
function addFrame(
  sums: Float32Array,
  projected: Float32Array,
  batch: number,
  frames: number,
  wide: number,
  frame: number,
): void {
  const [cellGate, outputGate] = [wide / 2, (3 * wide) / 4]
  for (let row = 0; row < batch; row++) {
    const from = (row * frames + frame) * wide
    const to = row * wide
    for (let at = 0; at < wide; at++) {
      const sum = (sums[to + at] as number) + (projected[from + at] as number)
      sums[to + at] = at >= cellGate && at < outputGate ? 2 * sum : sum
    }
  }
}

/**
 * From the outputs' gradient to that of `projected`. Those of kernel, bias and recurrent kernel follow from it by
 * single products over all frames.
 */
function backward({
  inputs: { gradient, gates, cells, recurrent },
  attrs: { reverse },
  backend,
}: KernelCall<'gradient' | 'gates' | 'cells' | 'recurrent', Recurrence>): TensorInfo {
  const kernels = new StepProducts(backend)
  const [batch, frames, wide] = gates.shape as [number, number, number]
  const units = wide / 4
  const result = backend.makeOutput([batch, frames, wide], 'float32')
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
    const cell = kernels.view(cells)
    const slope = kernels.view(slopes)
    const into = kernels.view(result)
    for (let row = 0; row < batch; row++) {
      const from = (row * frames + frame) * wide
      const at = (row * frames + frame) * units
      const old = (row * frames + before) * units
      for (let unit = 0; unit < units; unit++) {
        const input = gate[from + unit] as number
        const forget = gate[from + units + unit] as number
        const fresh = gate[from + 2 * units + unit] as number
        const out = gate[from + 3 * units + unit] as number
        const bent = tanh(cell[at + unit] as number)
        const said = (dy[at + unit] as number) + (back ? (back[row * units + unit] as number) : 0)
        const value = said * out * (1 - bent * bent) + (carried[row * units + unit] as number)
        const earlier = step === 0 ? 0 : (cell[old + unit] as number)
        carried[row * units + unit] = value * forget
        const to = row * wide + unit
        slope[to] = value * fresh * input * (1 - input)
        slope[to + units] = value * earlier * forget * (1 - forget)
        slope[to + 2 * units] = value * input * (1 - fresh * fresh)
        slope[to + 3 * units] = said * bent * out * (1 - out)
      }
      into.set(slope.subarray(row * wide, (row + 1) * wide), from)
    }
    if (returned) kernels.dispose(returned)
    returned = step > 0 ? kernels.product(slopes, turned) : null
  }
  kernels.dispose(slopes, turned)
  return result
}

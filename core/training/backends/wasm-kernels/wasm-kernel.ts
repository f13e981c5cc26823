import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import {
  type Attribute,
  type backend_util,
  getKernel,
  type KernelFunc,
  type NamedTensorInfoMap,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core'

/** What a kernel of the wasm backend is called with: tensors by input name. */
export interface KernelCall<Input extends string, Attrs> {
  inputs: Record<Input, TensorInfo>
  attrs: Attrs
  backend: BackendWasm
}

export type WasmKernel<Input extends string, Attrs> = (call: KernelCall<Input, Attrs>) => TensorInfo

/** Registers a kernel that the wasm backend does not ship. */
export function addKernel<Input extends string, Attrs>(
  kernelName: string,
  kernel: WasmKernel<Input, Attrs>,
): void {
  registerKernel({ kernelName, backendName: 'wasm', kernelFunc: kernel as unknown as KernelFunc })
}

/**
 * Registers a kernel in place of the shipped one, which `kernel` receives and may still call (so its set-up is kept).
 * To be called before the backend starts.
 */
export function replaceKernel<Input extends string, Attrs>(
  kernelName: string,
  kernel: (shipped: WasmKernel<Input, Attrs>) => WasmKernel<Input, Attrs>,
): void {
  const config = getKernel(kernelName, 'wasm')
  unregisterKernel(kernelName, 'wasm')
  // tfjs types a kernel by name maps, while each kernel knows its own inputs and attributes.
  const shipped = config.kernelFunc as unknown as WasmKernel<Input, Attrs>
  registerKernel({ ...config, kernelFunc: kernel(shipped) as unknown as KernelFunc })
}

/** Calls to kernels that the backend ships, as plain functions. The caller disposes of what they return. */
export class ShippedKernels {
  readonly #backend: BackendWasm

  constructor(backend: BackendWasm) {
    this.#backend = backend
  }

  transpose(x: TensorInfo, perm: number[]): TensorInfo {
    return this.#call('Transpose', { x }, { perm })
  }

  pad(x: TensorInfo, paddings: [number, number][]): TensorInfo {
    return this.#call('PadV2', { x }, { paddings, constantValue: 0 })
  }

  slice(x: TensorInfo, begin: number[], size: number[]): TensorInfo {
    return this.#call('Slice', { x }, { begin, size })
  }

  reverse(x: TensorInfo, dims: number[]): TensorInfo {
    return this.#call('Reverse', { x }, { dims })
  }

  /** @param x `[batch, height, width, channels]` @param filter `[height, width, channels, output channels]` */
  conv2d(
    x: TensorInfo,
    filter: TensorInfo,
    { pad, dilations }: { pad: 'valid' | backend_util.ExplicitPadding; dilations: [number, number] },
  ): TensorInfo {
    return this.#call('Conv2D', { x, filter }, { strides: [1, 1], pad, dilations, dataFormat: 'NHWC' })
  }

  /** Without padding. @param x `[batch, height, width, channels]` @param filter `[height, width, channels, 1]` */
  depthwiseConv2d(x: TensorInfo, filter: TensorInfo, dilations: [number, number]): TensorInfo {
    return this.#call('DepthwiseConv2dNative', { x, filter }, { strides: [1, 1], pad: 'valid', dilations })
  }

  dispose(...tensors: TensorInfo[]): void {
    for (const tensor of tensors) this.#backend.disposeData(tensor.dataId)
  }

  #call(name: string, inputs: NamedTensorInfoMap, attrs: Record<string, Attribute>): TensorInfo {
    return getKernel(name, 'wasm').kernelFunc({ inputs, attrs, backend: this.#backend }) as TensorInfo
  }
}

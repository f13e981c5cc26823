import type { PackedSeries } from '../../../../core/contract/index.ts'
import type { Curve } from './live-series.ts'

function numbersOf(base64: string): Float64Array {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at)
  return new Float64Array(bytes.buffer)
}

/** The curves of a packed block: views into it, without a copy. */
export function curvesOf(packed: PackedSeries): Curve[] {
  const [steps, values, timestamps] = [packed.steps, packed.values, packed.timestamps].map(numbersOf) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  return packed.series.map(({ runId, key, offset, length }) => ({
    runId,
    key,
    steps: steps.subarray(offset, offset + length),
    values: values.subarray(offset, offset + length),
    timestamps: timestamps.subarray(offset, offset + length),
  }))
}

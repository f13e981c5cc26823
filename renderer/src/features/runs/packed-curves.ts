import type { PackedSeries, Series } from '../../../../core/contract/index.ts'
import { lowerBound } from '../../components/charts/thinning.ts'
import { epochKey } from './metric-keys.ts'

function numbersOf(base64: string): Float64Array {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at)
  return new Float64Array(bytes.buffer)
}

/** The epoch at a step: on the line between those that were logged, the first from 0; null after the last. */
function epochAt({ steps, values }: Pick<Series, 'steps' | 'values'>, step: number): number | null {
  const after = lowerBound(steps, step)
  const [toStep, toEpoch] = [steps[after], values[after]]
  if (toStep === undefined || toEpoch === undefined) return null
  const [fromStep, fromEpoch] = [steps[after - 1] ?? 0, values[after - 1] ?? 0]
  return toStep === fromStep
    ? toEpoch
    : fromEpoch + ((toEpoch - fromEpoch) * (step - fromStep)) / (toStep - fromStep)
}

/** The series of a packed block; their epochs come from the run's own series of epochs, where it is in the block. */
export function seriesOf(packed: PackedSeries): Series[] {
  const [steps, values, timestamps] = [packed.steps, packed.values, packed.timestamps].map(numbersOf) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const all = packed.series.map(({ runId, key, offset, length, total }) => ({
    runId,
    key,
    total,
    steps: Array.from(steps.subarray(offset, offset + length)),
    values: Array.from(values.subarray(offset, offset + length)),
    timestamps: Array.from(timestamps.subarray(offset, offset + length)),
  }))
  const epochs = new Map(all.filter(({ key }) => key === epochKey).map((one) => [one.runId, one]))
  return all.map((one) => {
    const own = epochs.get(one.runId)
    return { ...one, epochs: one.steps.map((step) => (own ? epochAt(own, step) : null)) }
  })
}

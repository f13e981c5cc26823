import type { ParameterRange, ParameterValue } from '../contract/index.ts'

type NumberRange = Exclude<ParameterRange, { kind: 'choice' }>

/** The ends of a number range on the scale it is searched on; integers get half a step on each side. */
function bounds({ kind, low, high, log }: NumberRange): [number, number] {
  const half = kind === 'integer' ? 0.5 : 0
  const ends: [number, number] = [low - half, high + half]
  return log ? [Math.log(ends[0]), Math.log(ends[1])] : ends
}

/** A number's place in its range, 0..1. */
export function toUnit(range: NumberRange, value: number): number {
  const [low, high] = bounds(range)
  const at = range.log ? Math.log(value) : value
  return Math.min(1, Math.max(0, (at - low) / (high - low)))
}

/** The number at a place of 0..1; never outside the range. */
export function fromUnit(range: NumberRange, unit: number): number {
  const [low, high] = bounds(range)
  const at = low + unit * (high - low)
  const value = range.log ? Math.exp(at) : at
  const whole = range.kind === 'integer' ? Math.round(value) : value
  return Math.min(range.high, Math.max(range.low, whole))
}

/** A value for a uniform draw from 0..1. */
export function uniform(range: ParameterRange, draw: number): ParameterValue {
  if (range.kind !== 'choice') return fromUnit(range, draw)
  return range.choices[Math.min(range.choices.length - 1, Math.floor(draw * range.choices.length))] ?? ''
}

/** At most `count` values that cover the range evenly; all of them where there are no more. */
export function evenly(range: ParameterRange, count: number): ParameterValue[] {
  if (range.kind === 'choice') return range.choices
  if (range.kind === 'integer' && range.high - range.low < count)
    return Array.from({ length: range.high - range.low + 1 }, (_, index) => range.low + index)
  const ends = range.log ? [Math.log(range.low), Math.log(range.high)] : [range.low, range.high]
  const [low = 0, high = 1] = ends
  const values = Array.from({ length: count }, (_, index) => {
    const at = count === 1 ? (low + high) / 2 : low + ((high - low) * index) / (count - 1)
    const value = range.log ? Math.exp(at) : at
    const whole = range.kind === 'integer' ? Math.round(value) : value
    return Math.min(range.high, Math.max(range.low, whole))
  })
  return [...new Set(values)]
}

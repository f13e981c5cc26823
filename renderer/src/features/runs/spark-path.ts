import type { Curve } from './live-series.ts'

/** A curve drawn small: an SVG path in a box of 100 by 20, and what it runs through. */
export interface Spark {
  path: string
  first: number
  last: number
  lowest: number
  highest: number
}

export const sparkWidth = 100
export const sparkHeight = 20
/** Within the box, so that the line is whole at its ends and peaks. */
const margin = 2

/**
 * Draws a curve over its steps, on a scale of its own. What is not finite is a gap; a point between two gaps is a dot.
 * Null where no value is finite.
 */
export function sparkOf({ steps, values }: Pick<Curve, 'steps' | 'values'>): Spark | null {
  const finite = Array.from(values).filter(Number.isFinite)
  const [first, last] = [finite[0], finite.at(-1)]
  if (first === undefined || last === undefined) return null
  const lowest = finite.reduce((least, value) => Math.min(least, value))
  const highest = finite.reduce((most, value) => Math.max(most, value))
  const [from, to] = [steps[0] ?? 0, steps[steps.length - 1] ?? 0]
  const place = (value: number, low: number, high: number, size: number) =>
    (high > low ? margin + ((value - low) / (high - low)) * (size - 2 * margin) : size / 2).toFixed(1)
  let path = ''
  let after: 'gap' | 'move' | 'line' = 'gap'
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] ?? Number.NaN
    if (!Number.isFinite(value)) {
      if (after === 'move') path += 'h0'
      after = 'gap'
      continue
    }
    const x = place(steps[at] ?? 0, from, to, sparkWidth)
    const y = place(lowest + highest - value, lowest, highest, sparkHeight)
    path += `${after === 'gap' ? 'M' : 'L'}${x} ${y}`
    after = after === 'gap' ? 'move' : 'line'
  }
  return { path: after === 'move' ? `${path}h0` : path, first, last, lowest, highest }
}

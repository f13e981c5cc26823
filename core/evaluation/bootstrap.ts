import { createRandom } from '../domain/random.ts'

export type Interval = [low: number, high: number]

/**
 * Percentile bootstrap (Efron, 1979): what a measure would be over other samples like these.
 * @param measure of the drawn samples; null where it is not defined, which leaves that draw out
 * @returns the interval that holds 95 % of the draws; null when none had a value
 */
export function bootstrapInterval(
  sampleCount: number,
  measure: (drawn: Uint32Array) => number | null,
  { draws, seed }: { draws: number; seed: number },
): Interval | null {
  if (sampleCount === 0) return null
  const random = createRandom(seed, 'bootstrap')
  const drawn = new Uint32Array(sampleCount)
  const values: number[] = []
  for (let draw = 0; draw < draws; draw++) {
    for (let at = 0; at < sampleCount; at++) drawn[at] = random.integer(sampleCount)
    const value = measure(drawn)
    if (value !== null) values.push(value)
  }
  if (values.length === 0) return null
  values.sort((a, b) => a - b)
  const at = (part: number) => values[Math.round(part * (values.length - 1))] as number
  return [at(0.025), at(0.975)]
}

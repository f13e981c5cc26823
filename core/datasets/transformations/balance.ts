import type { StepOf } from '../../contract/index.ts'
import { createRandom } from '../../domain/random.ts'
import { groupItems } from '../group-items.ts'
import { type DraftSample, derivedPath, PathPool } from './draft-sample.ts'

function target(counts: readonly number[], to: StepOf<'balance'>['to']): number {
  if (typeof to === 'number') return to
  const sorted = [...counts].sort((a, b) => a - b)
  if (to === 'smallest') return sorted[0] ?? 0
  return (to === 'largest' ? sorted.at(-1) : sorted[Math.floor((sorted.length - 1) / 2)]) ?? 0
}

/** Samples without a class, and of other subsets, stay as they are. */
export function balance(
  samples: readonly DraftSample[],
  { to, subsets, seed }: StepOf<'balance'>,
): DraftSample[] {
  const wanted = new Set(subsets)
  const takesPart = ({ label, subset }: DraftSample) => label !== '' && wanted.has(subset)
  const classes = groupItems(samples.filter(takesPart), ({ label }) => label)
  const size = target(
    [...classes.values()].map(({ length }) => length),
    to,
  )
  const pool = new PathPool(samples)
  const result = samples.filter((sample) => !takesPart(sample))
  for (const [label, members] of classes) {
    const order = createRandom(seed, `balance/${label}`).shuffle([...members])
    result.push(...order.slice(0, size))
    for (let extra = members.length; extra < size; extra += 1) {
      const source = order[extra % order.length]
      if (!source) break
      const round = Math.floor(extra / order.length)
      result.push({ ...source, path: pool.claim(derivedPath(source.path, `again-${round}`)) })
    }
  }
  return result
}

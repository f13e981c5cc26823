import type { StepOf } from '../../contract/index.ts'
import { linkedUnits } from '../splits/units.ts'
import { contentKey, type DraftSample } from './draft-sample.ts'

function choose(
  copies: readonly DraftSample[],
  { keep, prefer }: StepOf<'deduplicate'>,
): DraftSample | undefined {
  const preferred = copies.filter(({ subset }) => subset === prefer)
  const among = preferred.length > 0 ? preferred : copies
  if (keep === 'first') return among[0]
  if (keep === 'last') return among.at(-1)
  return among.reduce((best, copy) => (copy.width * copy.height > best.width * best.height ? copy : best))
}

export function deduplicate(samples: readonly DraftSample[], step: StepOf<'deduplicate'>): DraftSample[] {
  const listed = new Map<string, string>()
  for (const [index, paths] of step.groups.entries())
    for (const path of paths) listed.set(path, `list ${index}`)
  const units = linkedUnits(samples, (sample) => {
    const group = listed.get(sample.path)
    return group === undefined ? [contentKey(sample)] : [contentKey(sample), group]
  })
  const kept = new Set<DraftSample>()
  for (const unit of units) {
    const copies = unit.flatMap((index) => samples[index] ?? [])
    if (step.conflicts === 'drop-all' && new Set(copies.map(({ label }) => label)).size > 1) continue
    const chosen = choose(copies, step)
    if (chosen) kept.add(chosen)
  }
  return samples.filter((sample) => kept.has(sample))
}

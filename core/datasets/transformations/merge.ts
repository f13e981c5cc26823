import { GlyphlabError, type StepOf } from '../../contract/index.ts'
import { contentKey, type DraftSample, PathPool, type StepContext } from './draft-sample.ts'

const facts = (sample: DraftSample): string =>
  JSON.stringify([contentKey(sample), sample.label, sample.text, sample.value, sample.group, sample.boxes])

/** What is equal in both is there once; equal content under another path goes into the subset that it has here. */
export function merge(
  samples: readonly DraftSample[],
  { versionId, conflict }: StepOf<'merge'>,
  { others }: StepContext,
): DraftSample[] {
  const other = others.get(versionId)
  if (!other) throw new GlyphlabError('NOT_FOUND', `There is no dataset version ${versionId} to merge with.`)
  const here = new Map(samples.map((sample) => [sample.path, sample]))
  const subsetOf = new Map(samples.map((sample) => [contentKey(sample), sample.subset]))
  const pool = new PathPool([...samples, ...other.samples])
  const added: DraftSample[] = []
  const conflicts: string[] = []
  for (const theirs of other.samples) {
    const incoming = { ...theirs, subset: subsetOf.get(contentKey(theirs)) ?? theirs.subset }
    const mine = here.get(theirs.path)
    if (!mine) added.push(incoming)
    else if (facts(mine) !== facts(theirs)) {
      conflicts.push(theirs.path)
      if (conflict === 'take-other') here.set(theirs.path, incoming)
      if (conflict === 'keep-both')
        added.push({ ...incoming, path: pool.claim(`${other.title}/${theirs.path}`) })
    }
  }
  if (conflicts.length > 0 && conflict === 'refuse')
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${conflicts.length} pictures are in both with other content or labels (${conflicts.slice(0, 3).join(', ')}). Choose whose to keep, or keep both.`,
    )
  return [...here.values(), ...added]
}

import { createHash } from 'node:crypto'
import type { TrainingSamples } from '../domain/training-request.ts'

/** Of each sample's class and subset: a named split may have been made anew. */
export function samplesDigest(
  samples: Iterable<Pick<TrainingSamples['samples'][number], 'label' | 'subset'>>,
): string {
  const hash = createHash('sha256')
  for (const { label, subset } of samples) hash.update(`${label} ${subset}\n`)
  return hash.digest('hex')
}

import { availableParallelism } from 'node:os'
import { GlyphlabError } from '../../../contract/index.ts'
import type { FindingDraft } from '../../../domain/finding-draft.ts'
import { type QualityPort, refuseIfCancelled } from '../check-quality.ts'
import { plural } from '../findings/finding-draft.ts'
import type { QualityResult, QualitySample } from '../quality-messages.ts'
import { forEachAtOnce, StoredPictures } from '../stored-pictures.ts'
import { crossValidate, findLabelIssues } from './confident-learning.ts'
import { featureCount, pictureFeatures } from './features.ts'

/** A class needs one sample to learn from in each fold. */
const leastPerClass = 2

/**
 * Samples whose class is probably wrong, the surest first: a classifier that has not seen them is sure of another.
 * @throws GlyphlabError INVALID_INPUT where there are fewer than two classes to tell apart; CANCELLED
 */
export async function findLabelErrors(
  samples: readonly QualitySample[],
  { folds, seed }: { folds: number; seed: number },
  port: QualityPort,
): Promise<QualityResult> {
  const counts = new Map<string, number>()
  for (const { label } of samples) if (label !== '') counts.set(label, (counts.get(label) ?? 0) + 1)
  const names = [...counts].flatMap(([label, count]) => (count >= leastPerClass ? [label] : []))
  if (names.length < 2)
    throw new GlyphlabError(
      'INVALID_INPUT',
      `Label errors show where classes are told apart: at least two classes of ${leastPerClass} samples are needed.`,
    )
  const classOf = new Map(names.map((name, index) => [name, index]))
  const used = samples.flatMap((sample, ordinal) => {
    const label = classOf.get(sample.label)
    return label === undefined ? [] : [{ sample, ordinal, label }]
  })

  const pictures = new StoredPictures()
  const inputs = new Float32Array(used.length * featureCount)
  let done = 0
  try {
    await forEachAtOnce([...used.entries()], availableParallelism() + 2, async ([row, { sample }]) => {
      refuseIfCancelled(port)
      inputs.set(pictureFeatures(await pictures.grey(sample)), row * featureCount)
      done += 1
      if (done % 256 !== 0) return
      port.progress({
        value: 0.3 * (done / used.length),
        message: `Looking at picture ${done} of ${used.length}`,
        rate: null,
        rateUnit: null,
        remainingMs: null,
      })
      await new Promise((resolve) => setImmediate(resolve))
    })
  } finally {
    pictures.close()
  }

  // Copies, and samples of one person or document, would give each other's class away.
  const unitOf = new Map<string, number>()
  const units = Uint32Array.from(used, ({ sample: { group, hash } }) => {
    const key = group === null ? `content ${hash}` : `group ${group}`
    const known = unitOf.get(key)
    if (known !== undefined) return known
    unitOf.set(key, unitOf.size)
    return unitOf.size - 1
  })
  const labels = Uint32Array.from(used, ({ label }) => label)
  const probabilities = await crossValidate(
    { inputs, features: featureCount, labels, classes: names.length, folds, seed, units },
    async (share) => {
      refuseIfCancelled(port)
      port.progress({
        value: 0.3 + 0.7 * share,
        message: `Learning the classes, ${folds} times from the rest`,
        rate: null,
        rateUnit: null,
        remainingMs: null,
      })
      await new Promise((resolve) => setImmediate(resolve))
    },
  )
  const issues = findLabelIssues(probabilities, labels, names.length)
  const right = labels.reduce((sum, label, row) => {
    const own = probabilities.subarray(row * names.length, (row + 1) * names.length)
    return sum + (own.every((value) => value <= (own[label] as number)) ? 1 : 0)
  }, 0)
  const agreement = `${((100 * right) / labels.length).toFixed(0)} %`
  if (issues.length === 0) return { findings: [], facts: null }
  const finding: FindingDraft = {
    kind: 'label-errors',
    severity: 'warning',
    title: `${plural(issues.length, 'sample is', 'samples are')} probably in the wrong class`,
    detail: `A classifier that did not see them is sure of another class, surest first (${folds}-fold cross-validation; it agrees with ${agreement} of all labels, so look before you change).`,
    groupCount: 0,
    members: issues.map(({ sample: row, suggested, margin }) => ({
      ordinal: used[row]?.ordinal ?? 0,
      group: null,
      reason: `margin ${margin.toFixed(2)}`,
      suggestion: names[suggested] ?? '',
    })),
  }
  return { findings: [finding], facts: null }
}

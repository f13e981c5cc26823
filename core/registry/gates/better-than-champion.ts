import { z } from 'zod'
import { bootstrapInterval } from '../../evaluation/bootstrap.ts'
import {
  defineGate,
  percent,
  seenWords,
  signedPoints,
  testSetFields,
  testSetShape,
  testSetWords,
} from './gate-check.ts'
import { differenceOf } from './paired-difference.ts'

/** Paired: both answer for the same samples, and the same are drawn of both, so that hard ones weigh on neither. */
export const betterThanChampion = defineGate({
  id: 'better-than-champion',
  title: 'Better than the champion',
  description:
    'On the same samples, the accuracy is higher than that of the version that has the alias: the lower end of the 95 % interval of the difference (paired bootstrap) is above a bound.',
  options: z.object({ ...testSetShape, above: z.number().min(-1).max(1) }),
  fields: [
    ...testSetFields,
    {
      key: 'above',
      title: 'Difference above',
      help: '0: surely better. −0.02: surely not worse by more than two points.',
      kind: 'number',
      default: 0,
      min: -1,
      max: 1,
    },
  ],
  words: ({ above, ...set }) =>
    above === 0
      ? `surely more accurate than the champion on ${testSetWords(set)}`
      : `accuracy beside the champion's on ${testSetWords(set)} is surely above ${signedPoints(above)} points`,
  async check({ dataset, subset, above }, evidence) {
    if (evidence.champion === null)
      return { passed: true, message: 'No version has the alias yet.', figures: {} }
    const answers = await evidence.answers(dataset, subset)
    const { own, champion, differences } = differenceOf(answers)
    const draws = Math.max(200, Math.min(2_000, Math.floor(20_000_000 / Math.max(1, differences.length))))
    const interval = bootstrapInterval(
      differences.length,
      (drawn) => {
        let sum = 0
        for (const at of drawn) sum += differences[at] as number
        return sum / drawn.length
      },
      { draws, seed: 1 },
    )
    if (interval === null)
      return { passed: false, message: `There are no samples in ${answers.set}.`, figures: {} }
    const [low, high] = interval
    return {
      passed: low > above,
      message: `${percent(own)} against ${percent(champion)} of ${answers.actual.length} ${answers.things}: ${signedPoints(own - champion)} points, 95 % between ${signedPoints(low)} and ${signedPoints(high)}.${seenWords(answers)}`,
      figures: { accuracy: own, championAccuracy: champion, difference: own - champion, low, high },
    }
  },
})

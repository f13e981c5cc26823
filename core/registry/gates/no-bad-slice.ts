import { z } from 'zod'
import { GlyphlabError } from '../../contract/index.ts'
import {
  defineGate,
  type PairedAnswers,
  percent,
  seenWords,
  testSetFields,
  testSetShape,
  testSetWords,
} from './gate-check.ts'

interface Slice {
  name: string
  count: number
  /** 0..1 */
  accuracy: number
  championAccuracy: number | null
}

function slicesOf(answers: PairedAnswers, by: 'class' | 'group'): Slice[] {
  const members = new Map<string, number[]>()
  for (const [at, label] of answers.actual.entries()) {
    const name = by === 'class' ? label : answers.groups[at]
    if (name === null || name === undefined) continue
    const known = members.get(name)
    if (known) known.push(at)
    else members.set(name, [at])
  }
  const share = (places: readonly number[], said: readonly string[]) =>
    places.filter((at) => said[at] === answers.actual[at]).length / places.length
  return [...members].map(([name, places]) => ({
    name,
    count: places.length,
    accuracy: share(places, answers.candidate),
    championAccuracy: answers.champion && share(places, answers.champion),
  }))
}

/** A good average can hide a class that is always wrong. */
export const noBadSlice = defineGate({
  id: 'no-bad-slice',
  title: 'No bad slice',
  description:
    'No class, or no group, is right less often than a bound, or has lost more than a bound beside the champion.',
  options: z.object({
    ...testSetShape,
    by: z.enum(['class', 'group']),
    least: z.number().min(0).max(1),
    drop: z.number().min(0).max(1),
    samples: z.number().int().min(1).max(1_000_000),
  }),
  fields: [
    ...testSetFields,
    {
      key: 'by',
      title: 'Slices by',
      help: 'Groups only where samples have them.',
      kind: 'choice',
      default: 'class',
      choices: ['class', 'group'],
    },
    {
      key: 'least',
      title: 'Accuracy at least',
      help: 'Of each slice, 0 to 1; 0 asks for nothing.',
      kind: 'number',
      default: 0.5,
      min: 0,
      max: 1,
    },
    {
      key: 'drop',
      title: 'Worse than the champion by at most',
      help: 'Of each slice, 0 to 1; 1 asks for nothing.',
      kind: 'number',
      default: 1,
      min: 0,
      max: 1,
    },
    {
      key: 'samples',
      title: 'Pictures at least',
      help: 'Slices with fewer are not judged.',
      kind: 'integer',
      default: 3,
      min: 1,
    },
  ],
  words: ({ by, least, drop, samples: _, ...set }) => {
    const bounds = [
      ...(least > 0 ? [`below ${percent(least)}`] : []),
      ...(drop < 1 ? [`more than ${percent(drop)} below the champion`] : []),
    ]
    return bounds.length === 0
      ? `each ${by} in ${testSetWords(set)}, without a bound`
      : `no ${by} in ${testSetWords(set)} ${bounds.join(' or ')}`
  },
  async check({ dataset, subset, by, least, drop, samples }, evidence) {
    const answers = await evidence.answers(dataset, subset)
    const all = slicesOf(answers, by)
    if (all.length === 0)
      throw new GlyphlabError(
        'NOT_FOUND',
        `No sample of ${answers.set} has a ${by}. Choose other slices or another set.`,
      )
    const slices = all.filter(({ count }) => count >= samples)
    if (slices.length === 0)
      throw new GlyphlabError(
        'CONFLICT',
        `No ${by} of ${answers.set} has ${samples} ${answers.things} or more. Lower that number or choose a larger set.`,
      )
    const lost = ({ accuracy, championAccuracy }: Slice) => (championAccuracy ?? accuracy) - accuracy
    const bad = slices.filter((slice) => slice.accuracy < least || lost(slice) > drop)
    const worst = slices.reduce((a, b) => (b.accuracy < a.accuracy ? b : a))
    const words = (slice: Slice) =>
      `${slice.name}: ${percent(slice.accuracy)}${slice.championAccuracy === null ? '' : ` (before ${percent(slice.championAccuracy)})`} of ${slice.count}`
    return {
      passed: bad.length === 0,
      message: `${bad.length === 0 ? `The worst is ${words(worst)}` : bad.map(words).join(', ')}.${seenWords(answers)}`,
      figures: { worst: worst.accuracy, slices: slices.length, bad: bad.length },
    }
  },
})

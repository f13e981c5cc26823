import { z } from 'zod'
import { GlyphlabError } from '../../contract/index.ts'
import { defineGate } from './gate-check.ts'

/** A metric that was kept with the version when it was registered. */
export const metricThreshold = defineGate({
  id: 'metric-threshold',
  title: 'Metric threshold',
  description: 'A metric of the version is at least, or at most, a value.',
  options: z.object({
    metric: z.string().trim().min(1, 'name a metric').max(500),
    bound: z.enum(['at least', 'at most']),
    value: z.number(),
  }),
  fields: [
    {
      key: 'metric',
      title: 'Metric',
      help: 'As the version lists it: test_accuracy, test_loss.',
      kind: 'text',
      default: 'test_accuracy',
    },
    {
      key: 'bound',
      title: 'Is',
      help: 'At least for accuracies, at most for losses.',
      kind: 'choice',
      default: 'at least',
      choices: ['at least', 'at most'],
    },
    { key: 'value', title: 'Value', help: 'Accuracies from 0 to 1.', kind: 'number', default: 0.9 },
  ],
  words: ({ metric, bound, value }) => `${metric} is ${bound} ${value}`,
  async check({ metric, bound, value }, { candidate }) {
    const found = candidate.metrics[metric]
    if (found === undefined) {
      const known = Object.keys(candidate.metrics)
      throw new GlyphlabError(
        'NOT_FOUND',
        `The version has no metric ${metric}${known.length > 0 ? `. It has ${known.join(', ')}` : ''}.`,
      )
    }
    // NaN passes neither.
    const passed = bound === 'at least' ? found >= value : found <= value
    return {
      passed,
      message: `It is ${Number(found.toPrecision(4))}.`,
      figures: Number.isFinite(found) ? { [metric]: found } : {},
    }
  },
})

import { z } from 'zod'
import { defineGate } from './gate-check.ts'

/** As the app itself answers: reading the file, decoding, the model. */
export const latencyLimit = defineGate({
  id: 'latency-limit',
  title: 'Latency limit',
  description:
    'One picture, or one row, is answered for within a time on this machine, from the file to the answer: the median of several.',
  options: z.object({
    milliseconds: z.number().positive().max(600_000),
    times: z.number().int().min(3).max(1_000),
  }),
  fields: [
    {
      key: 'milliseconds',
      title: 'At most, ms',
      help: 'For one picture or row.',
      kind: 'number',
      default: 100,
      min: 0.01,
    },
    {
      key: 'times',
      title: 'Answers',
      help: 'How many are timed, one after another.',
      kind: 'integer',
      default: 21,
      min: 3,
      max: 1_000,
    },
  ],
  words: ({ milliseconds, times }) => `an answer takes at most ${milliseconds} ms (median of ${times})`,
  async check({ milliseconds, times }, evidence) {
    const { medianMs, engine } = await evidence.latency(times)
    return {
      passed: medianMs <= milliseconds,
      message: `It took ${medianMs.toPrecision(3)} ms with ${engine}.`,
      figures: { medianMs },
    }
  },
})

import { z } from 'zod'
import { defineGate } from './gate-check.ts'

const megabyte = 1e6

export const sizeLimit = defineGate({
  id: 'size-limit',
  title: 'Size limit',
  description: "The version's files together are at most so large.",
  options: z.object({ megabytes: z.number().positive().max(1_000_000) }),
  fields: [
    {
      key: 'megabytes',
      title: 'At most, MB',
      help: 'Topology and weights.',
      kind: 'number',
      default: 50,
      min: 0.001,
    },
  ],
  words: ({ megabytes }) => `its files have at most ${megabytes} MB`,
  async check({ megabytes }, { candidate: { bytes } }) {
    return {
      passed: bytes <= megabytes * megabyte,
      message: `They have ${(bytes / megabyte).toPrecision(3)} MB.`,
      figures: { bytes },
    }
  },
})

import { z } from 'zod'
import type { JobHandler } from '../../jobs/job-queue.ts'
import type { Services } from '../services.ts'

const jobInput = z.object({ id: z.string() })

/** Exports the bundle of a deployment, builds its image, and runs it until it is ready. It may be done again. */
export function deployContainerJob(services: () => Services): JobHandler {
  return {
    kind: 'deploy-container',
    atOnce: 1,
    async run({ input, signal, progress, log }) {
      const { id } = jobInput.parse(input)
      await services().localDeployments.build(id, {
        signal,
        onLine: log,
        onProgress: (value, message) =>
          progress({ value, message, rate: null, rateUnit: null, remainingMs: null }),
      })
      return { deployment: id }
    },
    onUnfinished({ id, status }) {
      // One that was called off in the queue never began: nothing else tells its deployment.
      if (status === 'cancelled') services().localDeployments.calledOff(id)
    },
  }
}

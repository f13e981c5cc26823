import { availableParallelism, totalmem } from 'node:os'

/** A training process with its data takes about so much. */
const bytesPerTrial = 1.5e9

/** How many trials may run side by side on this machine, by its cores and its memory. */
export const mostParallelTrials = (): number =>
  Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / bytesPerTrial)))

import type { Command } from 'commander'
import { table } from './output.ts'
import { integer, verb } from './verb.ts'

export function addBatchVerb(runs: Command): void {
  verb(
    runs
      .command('batch')
      .description('the samples that a training learnt from in one step')
      .argument('<run>', 'its id, or how it begins')
      .argument('<step>', 'counted from 1 through all epochs', integer),
    async (client, output, runId: string, step: number) => {
      const batch = await client.call('runs.stepBatch', { runId, step })
      output.line(batch, () =>
        [
          `step ${batch.step} of ${batch.totalSteps}, epoch ${batch.epoch}`,
          table([
            ['SAMPLE', 'LEARNT'],
            ...batch.samples.map(({ path, text, value, label }) => [path, text ?? String(value ?? label)]),
          ]),
        ].join('\n'),
      )
    },
  )
}

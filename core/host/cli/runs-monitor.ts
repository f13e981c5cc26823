import type { Command } from 'commander'
import { integer, verb } from './verb.ts'

const lookEveryMs = 500

export function addMonitorVerb(runs: Command): void {
  verb(
    runs
      .command('monitor')
      .description(
        'log how busy this machine is into a run that a script logs, until it ends; Ctrl-C leaves it',
      )
      .argument('<run>', 'its id')
      .option('--pid <n>', 'and how busy this process is, until it ends', integer),
    async (client, output, runId: string, { pid }: { pid?: number }) => {
      await client.call('runs.monitor', { runId, ...(pid === undefined ? {} : { pid }) })
      let ended = false
      process.once('SIGINT', () => {
        ended = true
      })
      // An engine of this process's own ends with it.
      while (!ended && (await client.call('runs.get', { runId })).status === 'RUNNING')
        await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
      output.line({ run: runId }, () => 'Done.')
    },
  )
}

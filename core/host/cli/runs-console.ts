import type { Command } from 'commander'
import { verb } from './verb.ts'

const lookEveryMs = 300

export function addConsoleVerb(runs: Command): void {
  verb(
    runs
      .command('console')
      .description('what the process of a run has printed')
      .argument('<run>', 'its id, or how it begins')
      .option('--follow', 'go on until the run ends'),
    async (client, output, runId: string, { follow }: { follow?: boolean }) => {
      let from = 0
      for (;;) {
        const part = await client.call('runs.console', { runId, from })
        if (part.text !== '')
          output.line({ text: part.text, from: part.from }, () => part.text.replace(/\n$/, ''))
        else if (part.total === 0 && !(follow && part.isLive))
          output.line(part, () => 'This run has kept nothing of what its process printed.')
        const hasMore = part.next < part.total && part.next > from
        from = part.next
        if (hasMore) continue
        if (!follow || !part.isLive) return
        await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
      }
    },
  )
}

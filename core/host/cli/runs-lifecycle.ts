import type { Command } from 'commander'
import { verb } from './verb.ts'

export function addLifecycleVerbs(runs: Command): void {
  verb(
    runs.command('delete').description('delete runs; they can be restored').argument('<run...>', 'ids'),
    async (client, output, runIds: string[]) => {
      const deleted = await client.call('runs.delete', { runIds })
      output.line(deleted, () => `${deleted.changed} deleted`)
    },
  )
  verb(
    runs.command('restore').description('bring deleted runs back').argument('<run...>', 'ids'),
    async (client, output, runIds: string[]) => {
      const restored = await client.call('runs.restore', { runIds })
      output.line(restored, () => `${restored.changed} restored`)
    },
  )
  verb(
    runs
      .command('purge')
      .description('remove deleted runs for good, with what only they use')
      .argument('[run...]', 'ids; left out: every deleted run')
      .option('--preview', 'only say what it would free'),
    async (client, output, ids: string[], { preview = false }: { preview?: boolean }) => {
      const purged = await client.call('runs.purge', { preview, ...(ids.length > 0 ? { runIds: ids } : {}) })
      output.line(
        purged,
        () =>
          `${purged.runs} runs, ${purged.points} points and ${purged.bytes} bytes of files ${preview ? 'would be removed' : 'removed'}`,
      )
    },
  )
}

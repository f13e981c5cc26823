import type { Command } from 'commander'
import { table } from './output.ts'
import { verb } from './verb.ts'

export function addDashboardVerbs(program: Command): void {
  const dashboards = program.command('dashboards').description('boards of charts that are kept')
  verb(
    dashboards.command('list').description('their names, and where the window shows them'),
    async (client, output) => {
      const all = await client.call('dashboards.list', {})
      if (output.json) for (const one of all) output.line(one, () => '')
      else
        output.line(null, () =>
          table([['NAME', 'ADDRESS'], ...all.map(({ name, query }) => [name, `/runs/compare?${query}`])]),
        )
    },
  )
  verb(
    dashboards
      .command('save')
      .description('keep a board under a name; one of that name is replaced')
      .argument('<name>')
      .argument('<query>', 'what stands after the ? in the address of the compare page'),
    async (client, output, name: string, query: string) =>
      output.line(
        await client.call('dashboards.save', { name, query: query.replace(/^\?/, '') }),
        () => name,
      ),
  )
  verb(
    dashboards.command('delete').description('forget a board').argument('<name>', 'its name or id'),
    async (client, output, dashboard: string) => {
      await client.call('dashboards.delete', { dashboard })
      output.line({ deleted: dashboard }, () => `${dashboard} is deleted`)
    },
  )
}

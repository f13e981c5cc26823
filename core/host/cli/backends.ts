import type { Command } from 'commander'
import { backendId, GlyphlabError } from '../../contract/index.ts'
import { followJob, table } from './output.ts'
import { verb } from './verb.ts'

export function addBackendVerbs(program: Command): void {
  const backends = program.command('backends').description('what trainings compute on')
  verb(
    backends.command('list').description('which work here, and what the others need'),
    async (client, output) => {
      const found = await client.call('training.backends', { refresh: true })
      output.line(found, () =>
        table(found.map(({ id, available, detail }) => [id, available ? 'ready' : '-', detail])),
      )
    },
  )
  verb(
    backends
      .command('install')
      .description('fetch the packages of an optional backend with npm into the data folder')
      .argument('<name>', 'webgpu, tensorflow or tensorflow-gpu')
      .option('--yes', 'fetch them; without it, only say what would be fetched'),
    async (client, output, name: string, { yes }: { yes?: boolean }) => {
      const backend = backendId.safeParse(name)
      if (!backend.success)
        throw new GlyphlabError(
          'INVALID_INPUT',
          `There is no backend "${name}". There is: ${backendId.options.join(', ')}.`,
        )
      const found = await client.call('training.backends', {})
      const install = found.find(({ id }) => id === backend.data)?.install
      if (install && yes !== true) {
        const { packages, downloadBytes, note } = install
        const fetched = `${packages.join(' and ')} with what they need: ${Math.round(downloadBytes / 1e6)} MB`
        output.line(install, () =>
          [`Would fetch ${fetched}.`, ...(note === null ? [] : [note]), 'Add --yes to do it.'].join(' '),
        )
        return false
      }
      const { jobId } = await client.call('training.installBackend', { backend: backend.data })
      const { result } = await followJob(client, jobId, output)
      output.line(result, () =>
        result?.['available'] === true
          ? `${backend.data} works: ${result['detail']}`
          : `${backend.data} is installed, but ${result?.['detail']}`,
      )
      return result?.['available'] === true
    },
  )
}

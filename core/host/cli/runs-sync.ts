import type { Command } from 'commander'
import { GlyphlabError, type RunSync } from '../../contract/index.ts'
import type { EngineClient } from '../engine-client.ts'
import { table } from './output.ts'
import { verb } from './verb.ts'

const lookEveryMs = 200

interface SyncArguments {
  experiment?: string
  stop?: boolean
}

const facts = ({ url, runs, sentAt, problem }: RunSync): string =>
  problem !== null
    ? `${url}: ${problem}`
    : `${url}: has ${runs} ${runs === 1 ? 'run' : 'runs'}, as of ${sentAt === null ? 'never' : new Date(sentAt).toISOString()}`

/** Waits until the server has all, or why it has not. */
async function firstSending(client: EngineClient, { id, sentAt }: RunSync): Promise<RunSync> {
  for (;;) {
    const now = (await client.call('runs.syncs', {})).find((sync) => sync.id === id)
    if (!now) throw new GlyphlabError('CANCELLED', 'Somebody has ended the sending.')
    if (!now.sending && (now.sentAt !== sentAt || now.problem !== null)) return now
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
}

export function addRunSyncVerbs(runs: Command): void {
  verb(
    runs
      .command('sync')
      .description('keep an MLflow server up to date: now, and whenever Glyphlab runs')
      .argument('<url>', 'its address, like http://127.0.0.1:5000')
      .option('--experiment <name>', 'only the runs of this experiment')
      .option('--stop', 'send nothing any more; what is there stays'),
    async (client, output, url: string, { experiment, stop }: SyncArguments) => {
      if (stop) {
        const address = url.replace(/\/+$/, '')
        const known = (await client.call('runs.syncs', {})).filter(
          (sync) => sync.url === address && (experiment === undefined || sync.experiment === experiment),
        )
        if (known.length === 0)
          throw new GlyphlabError('NOT_FOUND', `${url} gets no runs. \`runs syncs\` names what does.`)
        for (const { id } of known) await client.call('runs.unsync', { syncId: id })
        output.line({ stopped: address }, () => `${address} gets no runs any more.`)
        return
      }
      const sync = await client.call('runs.sync', {
        url,
        ...(experiment === undefined ? {} : { experiment }),
      })
      const first = await firstSending(client, sync)
      output.line(first, () => facts(first))
      return first.problem === null
    },
  )
  verb(runs.command('syncs').description('the servers that get the runs'), async (client, output) => {
    const syncs = await client.call('runs.syncs', {})
    if (output.json) for (const sync of syncs) output.line(sync, () => '')
    else
      output.line(null, () =>
        table([
          ['RUNS', 'SERVER', 'EXPERIMENT', 'PROBLEM'],
          ...syncs.map(({ runs: count, url, experiment, problem }) => [
            String(count),
            url,
            experiment ?? 'all',
            problem ?? '',
          ]),
        ]),
      )
  })
}

import type { Command } from 'commander'
import { GlyphlabError, type RunSync, type ServerAccess } from '../../contract/index.ts'
import type { EngineClient } from '../engine-client.ts'
import { table } from './output.ts'
import { secretIn } from './secret-file.ts'
import { verb } from './verb.ts'

const lookEveryMs = 200

interface SyncArguments {
  experiment?: string
  user?: string
  passwordFile?: string
  tokenFile?: string
  check?: boolean
  stop?: boolean
}

/** Undefined: as it is kept. @throws GlyphlabError INVALID_INPUT, NOT_FOUND */
async function accessOf({ user, passwordFile, tokenFile }: SyncArguments): Promise<ServerAccess | undefined> {
  if (tokenFile !== undefined && user === undefined && passwordFile === undefined)
    return { kind: 'token', token: await secretIn(tokenFile, 'token') }
  if (tokenFile === undefined && user !== undefined && passwordFile !== undefined)
    return { kind: 'password', user, password: await secretIn(passwordFile, 'password') }
  if (tokenFile === undefined && user === undefined && passwordFile === undefined) return undefined
  throw new GlyphlabError('INVALID_INPUT', 'Give either --user and --password-file, or --token-file.')
}

const facts = ({ url, runs, sentAt, problem, warnings }: RunSync): string =>
  problem !== null
    ? `${url}: ${problem}`
    : [
        `${url}: has ${runs} ${runs === 1 ? 'run' : 'runs'}, as of ${sentAt === null ? 'never' : new Date(sentAt).toISOString()}`,
        ...warnings,
      ].join('\n')

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
      .option('--user <name>', 'who you are to the server; with --password-file')
      .option('--password-file <file>', 'a file with the password; it is copied into the data folder')
      .option('--token-file <file>', 'a file with a token, in place of user and password')
      .option('--check', 'only ask the server whether it answers; no run is sent')
      .option('--stop', 'send nothing any more; what is there stays'),
    async (client, output, url: string, given: SyncArguments) => {
      const { experiment, check, stop } = given
      const access = await accessOf(given)
      if (check) {
        const found = await client.call('runs.checkServer', { url, ...(access ? { access } : {}) })
        output.line(
          found,
          () =>
            `${found.url} answers in ${Math.round(found.ms)} ms${found.version === null ? '' : `, MLflow ${found.version}`}. No run was sent.`,
        )
        return
      }
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
        ...(access ? { access } : {}),
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

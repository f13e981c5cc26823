import path from 'node:path'
import type { Command } from 'commander'
import { GlyphlabError, type RunWatch } from '../../contract/index.ts'
import type { EngineClient } from '../engine-client.ts'
import { table } from './output.ts'
import { verb } from './verb.ts'

const lookEveryMs = 200

interface WatchArguments {
  kind?: string
  experiment?: string
  stop?: boolean
  once?: boolean
}

const facts = ({ path: place, runs, importedAt, problem }: RunWatch): string =>
  problem !== null
    ? `${place}: ${problem}`
    : `${place}: ${runs} ${runs === 1 ? 'run' : 'runs'}, read ${importedAt === null ? 'not yet' : new Date(importedAt).toISOString()}`

/** Waits until the first import after now has ended. */
async function firstImport(client: EngineClient, { id, importedAt }: RunWatch): Promise<RunWatch> {
  for (;;) {
    const now = (await client.call('runs.watches', {})).find((watch) => watch.id === id)
    if (!now) throw new GlyphlabError('CANCELLED', 'Somebody has stopped watching it.')
    if (!now.importing && (now.importedAt !== importedAt || now.problem !== null)) return now
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
}

export function addRunWatchVerbs(runs: Command): void {
  verb(
    runs
      .command('watch')
      .description(
        'keep a folder of another program live: now, and whenever Glyphlab runs; Ctrl-C leaves it so',
      )
      .argument('<path>', 'a folder or file; nothing is written to it')
      .option('--kind <kind>', 'what it is; left out: it is recognised')
      .option('--experiment <name>', 'put the runs into this experiment')
      .option('--once', 'do not wait here for what comes later')
      .option('--stop', 'watch it no longer; the runs stay'),
    async (client, output, place: string, { kind, experiment, stop, once }: WatchArguments) => {
      const root = path.resolve(place)
      if (stop) {
        const known = (await client.call('runs.watches', {})).find((watch) => watch.path === root)
        if (!known)
          throw new GlyphlabError('NOT_FOUND', `${root} is not watched. \`runs watches\` names what is.`)
        await client.call('runs.unwatch', { watchId: known.id })
        output.line({ stopped: root }, () => `${root} is no longer watched.`)
        return
      }
      const watch = await client.call('runs.watch', {
        path: root,
        ...(kind === undefined ? {} : { kind }),
        ...(experiment === undefined ? {} : { experiment }),
      })
      const first = await firstImport(client, watch)
      output.line(first, () => facts(first))
      if (first.problem !== null) return false
      if (once) return
      await follow(client, first, (now) => output.line(now, () => facts(now)))
    },
  )
  verb(runs.command('watches').description('what is watched'), async (client, output) => {
    const watches = await client.call('runs.watches', {})
    if (output.json) for (const watch of watches) output.line(watch, () => '')
    else
      output.line(null, () =>
        table([
          ['RUNS', 'PATH', 'PROBLEM'],
          ...watches.map(({ runs: count, path: place, problem }) => [String(count), place, problem ?? '']),
        ]),
      )
  })
}

/** Tells of each import until Ctrl-C, or until it is watched no longer. */
async function follow(client: EngineClient, first: RunWatch, tell: (now: RunWatch) => void): Promise<void> {
  let [told, ended] = [first, false]
  const end = () => {
    ended = true
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  while (!ended) {
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
    const now = (await client.call('runs.watches', {})).find(({ id }) => id === first.id)
    if (!now) return
    if (now.importing || (now.importedAt === told.importedAt && now.problem === told.problem)) continue
    told = now
    tell(now)
  }
}

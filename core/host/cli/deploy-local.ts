import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import { GlyphlabError, keptInputs, type LocalDeployment } from '../../contract/index.ts'
import type { EngineClient } from '../engine-client.ts'
import { followJob, table } from './output.ts'
import { decimal, integer, verb } from './verb.ts'

interface ServeOptions {
  port: number
  inputs: LocalDeployment['keptInputs']
  below: number
  keys?: boolean
  docker?: boolean
  detach?: boolean
}

async function find(client: EngineClient, id: string): Promise<LocalDeployment> {
  const found = (await client.call('deploy.local', {})).find((one) => one.id === id)
  if (found) return found
  throw new GlyphlabError('NOT_FOUND', `The local server ${id} was removed.`)
}

/** Follows a server until it is ready. @throws GlyphlabError UNAVAILABLE with its own words when it fails */
async function untilReady(client: EngineClient, id: string): Promise<LocalDeployment> {
  for (;;) {
    const deployment = await find(client, id)
    if (deployment.state === 'ready') return deployment
    if (deployment.state === 'failed' || deployment.state === 'stopped') {
      throw new GlyphlabError('UNAVAILABLE', deployment.message)
    }
    await sleep(100)
  }
}

/** `deploy serve`, `local` and `stop`: the inference server on this machine. */
export function addLocalVerbs(deploy: Command): void {
  verb(
    deploy
      .command('serve')
      .description('run the inference server for a model, or `ocr`, on this machine; Ctrl-C ends it')
      .argument('<model>', 'name@alias, name/version, name, or ocr')
      .option('--port <port>', 'on 127.0.0.1; 0 takes a free one', integer, 0)
      .addOption(
        new Option('--inputs <which>', 'pictures to keep').choices(keptInputs.options).default('none'),
      )
      .option('--below <confidence>', 'low-confidence is below this', decimal, 0.8)
      .option('--keys', 'want an API key from callers')
      .option('--docker', 'build the bundle with the Docker engine of this machine, and run its container')
      .option('--detach', 'with --docker: leave the container running; "deploy stop" ends it'),
    async (client, output, reference: string, options: ServeOptions) => {
      const { port, inputs, below, keys = false, docker = false, detach = false } = options
      if (detach && !docker)
        throw new GlyphlabError('INVALID_INPUT', 'Only a container can be left running: add --docker.')
      const { id, key } = await client.call('deploy.serveLocal', {
        reference,
        port,
        keptInputs: inputs,
        lowConfidence: below,
        keys,
        place: docker ? 'container' : 'process',
      })
      let [interrupted, left] = [false, false]
      const ended = new Promise<void>((resolve) => {
        const interrupt = () => {
          interrupted = true
          resolve()
        }
        process.once('SIGINT', interrupt)
        process.once('SIGTERM', interrupt)
      })
      try {
        const { jobId } = await find(client, id)
        if (jobId !== null) await followJob(client, jobId, output)
        const deployment = await untilReady(client, id)
        left = detach
        output.line({ ...deployment, key }, () =>
          [
            `${deployment.name}, version ${deployment.version}, is served at ${deployment.address}/`,
            ...(key === null ? [] : [`Key (not shown again): ${key}`]),
            `Prediction log: ${deployment.logDirectory}. ${detach ? `"glyphlab deploy stop ${id}" ends it.` : 'Ctrl-C ends it.'}`,
          ].join('\n'),
        )
        while (!interrupted && !left) {
          const { state, message } = await find(client, id)
          if (state === 'failed') throw new GlyphlabError('UNAVAILABLE', message)
          if (state === 'stopped') return
          await Promise.race([ended, sleep(500)])
        }
      } finally {
        if (!left) await client.call('deploy.stopLocal', { id })
      }
    },
  )
  verb(deploy.command('local').description('list the servers on this machine'), async (client, output) => {
    const all = await client.call('deploy.local', {})
    if (output.json) for (const one of all) output.line(one, () => '')
    else if (all.length === 0) output.line(null, () => 'No server was started on this machine.')
    else
      output.line(null, () =>
        table([
          ['ID', 'SERVES', 'IN', 'STATE', 'ADDRESS', 'REQUESTS', 'RESTARTS'],
          ...all.map(({ id, reference, place, state, address, numbers, restarts }) => [
            id,
            reference,
            place,
            state,
            address ?? '',
            String(numbers?.requests ?? ''),
            String(restarts),
          ]),
        ]),
      )
  })
  verb(
    deploy
      .command('stop')
      .description('stop a server on this machine')
      .argument('<id>', 'as `local` lists it'),
    async (client, output, id: string) => {
      await client.call('deploy.stopLocal', { id })
      output.line({ id }, () => `${id} is stopped.`)
    },
  )
}

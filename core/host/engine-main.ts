import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import pino from 'pino'
import { z } from 'zod'
import { GlyphlabError } from '../contract/index.ts'
import { storageError } from '../domain/disk-full.ts'
import { type Engine, openEngine } from './engine.ts'
import { takeKeychain } from './google-vision.ts'
import { resolveHome, socketPath } from './home.ts'
import { createHttpApp } from './http.ts'
import { listen } from './listen.ts'
import { takeUp } from './take-up.ts'

const heard = z.object({ type: z.literal('keychain'), secret: z.base64() })

function hear(engine: Engine, line: string): void {
  try {
    const { secret } = heard.parse(JSON.parse(line))
    takeKeychain(engine.services, Buffer.from(secret, 'base64'))
  } catch {
    // The line may hold a secret: it is not logged.
    engine.services.log.warn(
      'what came from the desktop app was not understood, or the key could not be encrypted',
    )
  }
}

/**
 * The engine as the desktop app starts it. Prints one line of JSON on stdout: `{"type":"ready",...}` once it answers on
 * its socket, or `{"type":"refused","error":...}`. With `--parent-pipe` it ends when its stdin closes, and hears there
 * what only the parent knows: `{"type":"keychain","secret":...}`.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { home: { type: 'string' }, socket: { type: 'string' }, 'parent-pipe': { type: 'boolean' } },
  })
  const home = resolveHome(values.home)
  const log = pino(pino.destination(2))
  const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)
  try {
    const engine = await openEngine(home, log)
    await takeUp(engine.services)
    const socket = values.socket ?? socketPath(home)
    const listening = await listen(createHttpApp(engine), { socket })
    let closing = false
    const close = async () => {
      if (closing) return
      closing = true
      await listening.close()
      await engine.close()
      process.exit(0)
    }
    process.on('SIGTERM', () => void close())
    process.on('SIGINT', () => void close())
    if (values['parent-pipe']) {
      process.stdin.on('end', () => void close()).on('error', () => void close())
      createInterface({ input: process.stdin }).on('line', (line) => hear(engine, line))
    }
    say({ type: 'ready', socket, engineId: engine.id, pid: process.pid })
  } catch (cause) {
    const known = storageError(cause, home)
    const error =
      known instanceof GlyphlabError
        ? known.toBody()
        : {
            code: 'INTERNAL',
            message: `The engine could not start: ${cause instanceof Error ? cause.message : cause}`,
          }
    log.error({ err: cause }, 'the engine could not start')
    say({ type: 'refused', error })
    process.exit(1)
  }
}

await main()

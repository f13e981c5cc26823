import path from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import pino from 'pino'
import type { FileSource } from '../../contract/index.ts'
import { connectEngine, type EngineClient } from '../engine-client.ts'
import { resolveHome } from '../home.ts'
import { createOutput, type Output } from './output.ts'

export const exitFailed = 1

export interface GlobalOptions {
  home?: string
  json?: boolean
  verbose?: boolean
}

export const log = (verbose: boolean | undefined) =>
  pino({ level: verbose ? 'debug' : 'warn' }, pino.destination(2))
export const pathSource = (file: string): FileSource => ({ kind: 'path', path: path.resolve(file) })

export function integer(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is needed.')
  return Number(text)
}

export function decimal(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('a number is needed.')
  return value
}

/** Wraps a verb: connects, runs it, closes. The verb returns false when something failed that it has printed itself. */
export function verb<A extends unknown[]>(
  command: Command,
  run: (client: EngineClient, output: Output, ...args: A) => Promise<unknown>,
): void {
  // `--json` and `--home` may stand before or after the verb.
  command
    .option('--json', 'print JSON lines on stdout')
    .option('--home <folder>', 'the data folder (or $GLYPHLAB_HOME)')
  command.action(async (...args: unknown[]) => {
    const options = command.optsWithGlobals<GlobalOptions>()
    const output = createOutput(options.json === true)
    const client = await connectEngine(resolveHome(options.home), log(options.verbose))
    try {
      if ((await run(client, output, ...(args.slice(0, -1) as A))) === false) process.exitCode = exitFailed
    } finally {
      await client.close()
    }
  })
}

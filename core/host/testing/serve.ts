import { spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { ErrorBody, ProcedureInput, ProcedureName, ProcedureOutput } from '../../contract/index.ts'

const sources = path.join(import.meta.dirname, '..', 'cli.ts')

/** A headless engine in a process of its own. */
export interface ServedEngine {
  origin: string
  headers: Record<string, string>
  pid: number
  /** Ends the test with the engine's message if it answers with an error. */
  call<N extends ProcedureName>(name: N, input: ProcedureInput<N>): Promise<ProcedureOutput<N>>
  /** The error that the engine answers with; undefined when it did what was asked. */
  refusal<N extends ProcedureName>(name: N, input: ProcedureInput<N>): Promise<ErrorBody | undefined>
  /** Sends a signal and resolves with the exit code, or the signal's name. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | string | null>
}

/**
 * @param cli the program: from the sources, or a built one
 * @throws Error with what the engine wrote to stderr, when it ends before it serves.
 */
export async function serveEngine(home: string, cli: string = sources): Promise<ServedEngine> {
  const args = [
    '--disable-warning=ExperimentalWarning',
    cli,
    'serve',
    '--port',
    '0',
    '--json',
    '--home',
    home,
  ]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let words = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-20_000)
  })
  const ended = new Promise<number | string | null>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? code))
  })
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    void ended.then((how) => reject(new Error(`the engine ended with ${how}: ${words}`)))
  })
  const first = JSON.parse(line) as { url: string } | { error: ErrorBody }
  if ('error' in first) throw new Error(`${first.error.code}: ${first.error.message}`)
  const url = new URL(first.url)
  const headers = { authorization: `Bearer ${url.searchParams.get('token') ?? ''}` }
  const ask = async (name: string, input: object): Promise<{ ok: boolean; body: unknown }> => {
    const options = { method: 'POST', headers, body: JSON.stringify(input) }
    const response = await fetch(`${url.origin}/rpc/${name}`, options)
    return { ok: response.ok, body: await response.json() }
  }
  return {
    origin: url.origin,
    headers,
    pid: child.pid ?? 0,
    async call(name, input) {
      const { ok, body } = await ask(name, input)
      if (!ok) throw new Error(`${name}: ${JSON.stringify(body)}; the engine said: ${words}`)
      return body as ProcedureOutput<typeof name>
    },
    async refusal(name, input) {
      const { ok, body } = await ask(name, input)
      return ok ? undefined : (body as { error: ErrorBody }).error
    },
    end(signal) {
      child.kill(signal)
      return ended
    },
  }
}

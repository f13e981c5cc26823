import { spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { pinnedNode, root } from '../build/paths.ts'
import { runOrThrow } from '../build/run-command.ts'

const cli = path.join(root, 'core', 'host', 'cli.ts')

/** The command line on a data folder; what it prints on stdout, parsed line by line. */
export function commandLine(home: string) {
  return async <T>(...args: string[]): Promise<T[]> => {
    const stdout = await runOrThrow(pinnedNode, [cli, ...args, '--json', '--home', home], {
      timeoutMs: 600_000,
    })
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as T)
  }
}

/** `deploy serve` of a model, or `ocr`, in a process of this machine; ended by `await using`. */
export async function serveLocally(
  home: string,
  reference: string,
): Promise<AsyncDisposable & { url: string }> {
  const args = [cli, 'deploy', 'serve', reference, '--json', '--home', home]
  const child = spawn(pinnedNode, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const end = async () => {
    child.kill('SIGTERM')
    await ended
  }
  for await (const line of createInterface({ input: child.stdout })) {
    const { address } = JSON.parse(line) as { address?: string | null }
    if (address) {
      child.stdout.resume()
      return { url: address, [Symbol.asyncDispose]: end }
    }
  }
  await end()
  throw new Error(`glyphlab deploy serve ${reference} ended before it was ready`)
}

import { setTimeout as sleep } from 'node:timers/promises'
import { run, runOrThrow } from '../../build/run-command.ts'

/** A container under test; removed by `await using`. */
export interface Container {
  /** `http://127.0.0.1:<port>` */
  url: string
  /** ms from `docker run` until `/readyz` said yes, and from the start of the server's process by its own log. */
  readyAfterMs: number
  readySinceStartMs: number
  /** The value of a Go template over `docker inspect`. */
  inspect(format: string): Promise<string>
  exec(...command: string[]): Promise<string>
  [Symbol.asyncDispose](): Promise<void>
}

export const docker = (...args: string[]): Promise<string> =>
  runOrThrow('docker', args, { timeoutMs: 300_000 })

/** Builds the image of a bundle with the network off. @returns its size over its base, in bytes */
export async function buildImage(tag: string, bundle: string): Promise<number> {
  // From another folder than the bundle's, as a person may do it.
  await runOrThrow('docker', ['build', '--network', 'none', '-t', tag, bundle], {
    cwd: '/',
    timeoutMs: 300_000,
  })
  const size = async (image: string) => Number(await docker('image', 'inspect', '-f', '{{.Size}}', image))
  return (await size(tag)) - (await size('node:22-bookworm-slim'))
}

const confinement = [
  '--read-only',
  '--tmpfs',
  '/tmp',
  '--cap-drop',
  'ALL',
  '--security-opt',
  'no-new-privileges',
]

/** Runs the image with as few rights as its README says, and waits until it is ready. */
export async function startContainer(tag: string): Promise<Container> {
  const started = performance.now()
  const id = (await docker('run', '-d', ...confinement, '-p', '127.0.0.1:0:8080', tag)).trim()
  const remove = async () => void (await run('docker', ['rm', '-f', id]))
  const inspect = async (format: string) => (await docker('inspect', '-f', format, id)).trim()
  try {
    const address = (await docker('port', id, '8080')).trim().split('\n')[0] ?? ''
    const url = `http://${address}`
    while (!(await isReady(url))) {
      if ((await inspect('{{.State.Running}}')) !== 'true' || performance.now() - started > 120_000) {
        throw new Error(`the container did not become ready:\n${(await run('docker', ['logs', id])).output}`)
      }
      await sleep(50)
    }
    return {
      url,
      readyAfterMs: performance.now() - started,
      readySinceStartMs: Number(/"since_start_ms":(\d+)/.exec(await docker('logs', id))?.[1]),
      inspect,
      exec: async (...command) => (await docker('exec', id, ...command)).trim(),
      [Symbol.asyncDispose]: remove,
    }
  } catch (cause) {
    await remove()
    throw cause
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).status === 200
  } catch {
    return false
  }
}

/** Runs the image to its end, with one of its files replaced by `file`. */
export function runWithFile(
  tag: string,
  path: string,
  file: string,
): Promise<{ code: number; output: string }> {
  const mount = `type=bind,source=${file},target=${path},readonly`
  return run('docker', ['run', '--rm', ...confinement, '--mount', mount, tag], { timeoutMs: 120_000 })
}

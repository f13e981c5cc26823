import { spawn } from 'node:child_process'
import { type DockerState, GlyphlabError } from '../../contract/index.ts'
import { followLines } from '../process-lines.ts'

interface DockerOptions {
  signal?: AbortSignal
  timeoutMs?: number
  /** Each line of both streams. */
  onLine?: (line: string) => void
}

const keptLines = 20

/**
 * Runs `docker` and gives what it printed.
 * @throws GlyphlabError UNAVAILABLE with its last words; TIMED_OUT; CANCELLED
 */
export async function docker(
  args: readonly string[],
  { signal, timeoutMs = 60_000, onLine = () => {} }: DockerOptions = {},
): Promise<string> {
  signal?.throwIfAborted()
  const limit = AbortSignal.timeout(timeoutMs)
  // BuildKit's own display moves the cursor; the classic builder does not look at this.
  const env = { ...process.env, BUILDKIT_PROGRESS: 'plain' }
  const child = spawn('docker', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  })
  const printed: string[] = []
  const said: string[] = []
  const take = (line: string) => {
    onLine(line)
    said.push(line)
    if (said.length > keptLines) said.shift()
  }
  followLines(child.stdout, (line) => {
    printed.push(line)
    take(line)
  })
  followLines(child.stderr, take)
  const ended = await new Promise<number | Error>((resolve) => {
    child.once('error', resolve)
    child.once('close', (code) => resolve(code ?? -1))
  })
  if (ended === 0) return printed.join('\n')
  const verb = `docker ${args[0]}`
  if (signal?.aborted) throw new GlyphlabError('CANCELLED', `${verb} was called off.`)
  if (limit.aborted)
    throw new GlyphlabError('TIMED_OUT', `${verb} did not end within ${Math.round(timeoutMs / 1000)} s.`)
  if (ended instanceof Error)
    throw new GlyphlabError('UNAVAILABLE', `${verb} could not be started: ${ended.message}`)
  throw new GlyphlabError('UNAVAILABLE', `${verb} ended with code ${ended}: ${said.slice(-3).join(' ')}`)
}

const install =
  'Install Docker Desktop (Windows, macOS), or Docker Engine (on Debian and Ubuntu: "apt install docker.io"), then start it.'

/** Whether a Docker engine on this machine answers; where none does, what to do. */
export async function dockerState(): Promise<DockerState> {
  try {
    const version = await docker(['version', '--format', '{{.Server.Version}}'], { timeoutMs: 5_000 })
    const host = await docker(['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'], {
      timeoutMs: 5_000,
    })
    if (/^(unix|npipe):/.test(host)) return { available: true, version, message: `Docker ${version}` }
    const message = `The Docker engine is at ${host}, and a server is tried on this machine alone. Choose a local one with "docker context use".`
    return { available: false, version: null, message }
  } catch (cause) {
    if (!(cause instanceof GlyphlabError)) throw cause
    const missing = cause.message.includes('ENOENT')
    const message = missing
      ? `Docker is not installed. ${install}`
      : `No Docker engine answers; start it (Docker Desktop, or "systemctl start docker"), and see that you may use it (on Linux, the group "docker"). It said: ${cause.message}`
    return { available: false, version: null, message }
  }
}

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { serverProgram } from './resources.ts'

export type GoldenCheck = { answers: number } | { problem: string }

const longestMs = 180_000

/**
 * Lets the app's own inference server load a bundle and give its golden answers, in a process of its own that listens on
 * this machine only and ends at once. No code of the bundle runs.
 */
export async function checkGolden(directory: string, signal: AbortSignal): Promise<GoldenCheck> {
  const { PATH, TMPDIR, SystemRoot } = process.env
  const child = spawn(process.execPath, [serverProgram], {
    env: { PATH, TMPDIR, SystemRoot, GLYPHLAB_BUNDLE: directory, HOST: '127.0.0.1', PORT: '0' },
    stdio: ['ignore', 'pipe', 'ignore'],
    signal: AbortSignal.any([signal, AbortSignal.timeout(longestMs)]),
    killSignal: 'SIGKILL',
  })
  const ended = new Promise<string>((resolve) => {
    child.once('error', (cause) => resolve(cause.message))
    child.once('close', (code) => resolve(`the server ended with code ${code}`))
  })
  let last = ''
  for await (const line of createInterface({ input: child.stdout })) {
    const { level, message, golden_answers: answers } = parse(line)
    if (message === 'ready' && typeof answers === 'number') {
      child.kill('SIGKILL')
      await ended
      return { answers }
    }
    if (level === 'error' && typeof message === 'string') last = message
  }
  const reason = await ended
  return { problem: last || reason }
}

function parse(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return {}
  }
}

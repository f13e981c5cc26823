import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { nodeModules, root } from './paths.ts'

export interface CommandOptions {
  cwd?: string
  env?: NodeJS.ProcessEnv
  /** After this the process is killed and `timedOut` is true. */
  timeoutMs?: number
  /** 'show' passes the output on as it comes; it is collected either way. */
  output?: 'show' | 'hide'
  /** Gets every chunk of stdout and stderr, in order of arrival. */
  onOutput?: (chunk: string) => void
}

export interface CommandResult {
  /** The exit code; 127 when the command could not be started, 128 when a signal ended it. */
  code: number
  /** stdout and stderr together. */
  output: string
  stdout: string
  timedOut: boolean
}

const running = new Set<ChildProcess>()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    for (const child of running) child.kill(signal)
    process.exitCode = 130
    setTimeout(() => process.exit(130), 5_000).unref()
  })
}

/** Runs a program to its end. Never throws for a failing program: look at `code`. */
export function run(command: string, args: string[], options: CommandOptions = {}): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    running.add(child)
    let output = ''
    let stdout = ''
    let timedOut = false
    const timer = options.timeoutMs
      ? setTimeout(() => {
          timedOut = true
          child.kill('SIGKILL')
        }, options.timeoutMs)
      : undefined
    const take = (chunk: string, sink: NodeJS.WriteStream) => {
      output += chunk
      if (options.output === 'show') sink.write(chunk)
      options.onOutput?.(chunk)
    }
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk
      take(chunk, process.stdout)
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => take(chunk, process.stderr))
    const end = (code: number) => {
      clearTimeout(timer)
      running.delete(child)
      resolve({ code, output, stdout, timedOut })
    }
    child.on('error', (error) => {
      output += error.message
      end(127)
    })
    child.on('close', (code) => end(code ?? 128))
  })
}

/** Runs a program and throws with the end of its output when it fails. Returns its stdout. */
export async function runOrThrow(
  command: string,
  args: string[],
  options: CommandOptions = {},
): Promise<string> {
  const { code, output, stdout, timedOut } = await run(command, args, options)
  if (code === 0) return stdout
  const why = timedOut ? `did not end within ${options.timeoutMs} ms` : `ended with ${code}`
  throw new Error(`${command} ${args.join(' ')} ${why}:\n${output.slice(-4_000)}`)
}

/** The path of a program on PATH, or undefined. */
export function which(program: string): string | undefined {
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd', ''] : ['']
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    for (const suffix of suffixes) {
      const candidate = path.join(folder, program + suffix)
      if (folder && existsSync(candidate)) return candidate
    }
  }
  return undefined
}

/** The path of a program that one of our dependencies brings. */
export const tool = (name: string): string =>
  path.join(nodeModules, '.bin', process.platform === 'win32' ? `${name}.cmd` : name)

import { spawn } from 'node:child_process'
import path from 'node:path'
import { build } from './build.ts'
import { ElectronMissing, electronRuntime } from './electron-runtime.ts'
import { dist, pinnedNode, root } from './paths.ts'
import { run } from './run-command.ts'
import { isRoot } from './system-packages.ts'

/** Why no window can be opened here; undefined when one can. */
function noDisplay(): string | undefined {
  if (process.platform !== 'linux' || process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'])
    return undefined
  return 'There is no display'
}

async function missingLibraries(executablePath: string): Promise<string[]> {
  if (process.platform !== 'linux') return []
  const { stdout } = await run('ldd', [executablePath])
  return stdout
    .split('\n')
    .filter((line) => line.includes('not found'))
    .map((line) => line.trim().split(' ')[0] ?? '')
}

/** The program and arguments that open the window, or why there can be none. */
async function windowCommand(): Promise<{ command: string[] } | { why: string }> {
  const display = noDisplay()
  if (display) return { why: display }
  try {
    const { executablePath } = await electronRuntime()
    const missing = await missingLibraries(executablePath)
    if (missing.length > 0) return { why: `Electron needs ${missing.join(', ')}` }
    // Chromium's sandbox refuses to run as root.
    return { command: [executablePath, root, ...(isRoot ? ['--no-sandbox'] : [])] }
  } catch (error) {
    if (error instanceof ElectronMissing) return { why: error.message }
    throw error
  }
}

/** Runs in the foreground: its terminal, our signals, its exit code. */
function follow([program, ...args]: string[]): void {
  const child = spawn(program ?? '', args, { stdio: 'inherit', cwd: root })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      child.kill(signal)
    })
  child.on('error', (error) => {
    console.error(error.message)
    process.exit(1)
  })
  child.on('exit', (code) => process.exit(code ?? 1))
}

await build()
const window = await windowCommand()
const given = process.argv.slice(2)
if ('command' in window) {
  follow([...window.command, ...given])
} else {
  console.log(`${window.why}, so the app is served to a browser.`)
  follow([pinnedNode, path.join(dist, 'engine', 'cli.js'), 'serve', ...given])
}

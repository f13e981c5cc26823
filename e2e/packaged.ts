import { spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { chromium, type Page } from '@playwright/test'
import { root } from '../build/paths.ts'
import { runOrThrow } from '../build/run-command.ts'
import { definedEnvironment, rootArguments } from './app.ts'

/** The program of this platform's unpacked package. */
const program =
  process.platform === 'darwin'
    ? path.join(
        root,
        'release',
        process.arch === 'arm64' ? 'mac-arm64' : 'mac',
        'Glyphlab.app/Contents/MacOS/Glyphlab',
      )
    : process.platform === 'win32'
      ? path.join(root, 'release', 'win-unpacked', 'Glyphlab.exe')
      : path.join(root, 'release', 'linux-unpacked', 'glyphlab')

/** Packages the app as `npm run dist` does, without the archives. */
export async function packageApp(): Promise<void> {
  await runOrThrow(process.execPath, [path.join(root, 'build', 'dist.ts'), '--dir'], { timeoutMs: 600_000 })
}

/**
 * Starts the packaged app as it ships. Its fuses refuse Node's inspector, which Playwright's Electron launcher needs, so
 * the window is driven through Chromium's own debugging port, which only this start opens.
 */
export async function openPackaged(
  home: string,
): Promise<{ page: Page; pid: number; close(): Promise<void> }> {
  const child = spawn(program, ['--remote-debugging-port=0', ...rootArguments], {
    // Away from the checkout: nothing of it may be needed.
    cwd: home,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...definedEnvironment(), GLYPHLAB_HOME: home },
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const address = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      const found = /^DevTools listening on (ws:\S+)/.exec(line)?.[1]
      if (found) resolve(found)
    })
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code} before its window opened.`)))
  })
  const browser = await chromium.connectOverCDP(address)
  const context = browser.contexts()[0]
  if (!context) throw new Error('The packaged app shows no page.')
  const page = context.pages()[0] ?? (await context.waitForEvent('page'))
  const close = async () => {
    await browser.close()
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
    await ended
    clearTimeout(timer)
  }
  return { page, pid: child.pid ?? 0, close }
}

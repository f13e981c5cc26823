import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { _electron, chromium, type ElectronApplication, type Page } from '@playwright/test'
import { electronRuntime } from '../build/electron-runtime.ts'
import { dist, pinnedNode, root } from '../build/paths.ts'

/** Chromium's sandbox refuses to run as root. */
export const rootArguments = process.getuid?.() === 0 ? ['--no-sandbox'] : []

/** A fresh data folder, removed by `using`. */
export async function temporaryHome(): Promise<{ path: string; [Symbol.asyncDispose](): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'glyphlab e2e ü '))
  return {
    path: folder,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
}

export interface DesktopApp {
  kind: 'electron'
  page: Page
  electron: ElectronApplication
  close(): Promise<void>
}

export interface BrowserApp {
  kind: 'browser'
  page: Page
  /** `http://127.0.0.1:<port>`, without the token. */
  origin: string
  token: string
  close(): Promise<void>
}

/** Opens the built desktop app (or the program at `executablePath`) on a data folder. */
export async function openDesktop(home: string, executablePath?: string): Promise<DesktopApp> {
  const electron = await _electron.launch({
    executablePath: executablePath ?? (await electronRuntime()).executablePath,
    args: [...(executablePath ? [] : [root]), ...rootArguments],
    env: { ...definedEnvironment(), GLYPHLAB_HOME: home },
  })
  const page = await electron.firstWindow()
  // Asked for now: once the app has ended by itself, Playwright no longer knows its process.
  const child = electron.process()
  return { kind: 'electron', page, electron, close: () => closeDesktop(child) }
}

/** Quits as a person would; a guard against a running job must not hold the tests. */
async function closeDesktop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await ended
  clearTimeout(timer)
}

/** Serves the app as `glyphlab serve` does and opens it in Chromium. */
export async function openInBrowser(home: string): Promise<BrowserApp> {
  const server = await serve(home)
  try {
    const browser = await chromium.launch({
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: [
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    })
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    await page.goto(server.url)
    const close = async () => {
      await browser.close()
      await server.close()
    }
    return { kind: 'browser', page, origin: server.origin, token: server.token, close }
  } catch (error) {
    await server.close()
    throw error
  }
}

interface Served {
  url: string
  origin: string
  token: string
  close(): Promise<void>
}

/** Starts `glyphlab serve` on a free port. */
async function serve(home: string): Promise<Served> {
  const cli = path.join(dist, 'engine', 'cli.js')
  const child = spawn(pinnedNode, [cli, 'serve', '--home', home, '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await firstLine(child).then((line) => (JSON.parse(line) as { url: string }).url)
  const { origin, searchParams } = new URL(url)
  const close = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    if (child.exitCode === null && child.kill('SIGTERM')) await ended
  }
  return { url, origin, token: searchParams.get('token') ?? '', close }
}

/** The first line that a process prints. @throws Error when it ends before */
function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stdout) createInterface({ input: child.stdout }).once('line', resolve)
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`It ended with ${code} before it said anything.`)))
  })
}

export function definedEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return Object.fromEntries(entries)
}

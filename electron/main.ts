import path from 'node:path'
import { app, BrowserWindow, dialog, nativeTheme } from 'electron'
import { registerDialogs } from './dialogs.ts'
import { runningJobs } from './engine-health.ts'
import { type EngineCommand, EngineProcess } from './engine-process.ts'
import { keychainSecret } from './keychain.ts'
import { installMenu } from './menus.ts'
import { origin } from './origin.ts'
import { handleScheme, registerScheme } from './protocol.ts'
import { confineSession, denyOtherPages, silenceChromium } from './security.ts'
import { measureStart } from './start-measure.ts'
import { readWindowState, rememberWindowState } from './window-state.ts'

const home = process.env['GLYPHLAB_HOME']
const distFolder = path.resolve(import.meta.dirname, '..')

/** The engine and its Node lie outside the archive when packaged, in the checkout otherwise. */
function engineCommand(): EngineCommand {
  const nodeName = process.platform === 'win32' ? 'node.exe' : 'node'
  const places = app.isPackaged
    ? {
        node: path.join(process.resourcesPath, 'node', nodeName),
        entry: path.join(process.resourcesPath, 'engine', 'engine-main.js'),
      }
    : {
        node: path.join(distFolder, '..', 'node_modules', 'node', 'bin', nodeName),
        entry: path.join(distFolder, 'engine', 'engine-main.js'),
      }
  return home ? { ...places, home: path.resolve(home) } : places
}

function openWindow(): BrowserWindow {
  const { maximized, position, width, height } = readWindowState()
  const window = new BrowserWindow({
    ...position,
    width,
    height,
    minWidth: 800,
    minHeight: 560,
    title: 'Glyphlab',
    // The page's own background in either theme, so that it does not flash.
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#141517' : '#ffffff',
    autoHideMenuBar: true,
    webPreferences: {
      preload: path.join(distFolder, 'electron', 'preload.cjs'),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webviewTag: false,
      // Its dictionaries would be downloaded.
      spellcheck: false,
    },
  })
  if (maximized) window.maximize()
  rememberWindowState(window)
  return window
}

async function askBeforeStopping(window: BrowserWindow, jobs: string[]): Promise<boolean> {
  const { response } = await dialog.showMessageBox(window, {
    type: 'question',
    message:
      jobs.length === 1 ? 'A job is running. Quit and stop it?' : 'Jobs are running. Quit and stop them?',
    detail: `${jobs.slice(0, 5).join('\n')}\n\nWhat is stopped can be started again.`,
    buttons: ['Quit', 'Keep working'],
    defaultId: 1,
    cancelId: 1,
  })
  return response === 0
}

/** Holds the window open until nothing runs, or the person has agreed to stop it. */
function guardClosing(window: BrowserWindow, engine: EngineProcess): void {
  let asking = false
  window.on('close', (event) => {
    const { state } = engine
    if (state.kind !== 'running') return
    event.preventDefault()
    if (asking) return
    asking = true
    void runningJobs(state.socketPath)
      .then((jobs) => jobs.length === 0 || askBeforeStopping(window, jobs))
      .then((quit) => {
        asking = false
        // A second close() is lost when the page was still loading at the first.
        if (quit) window.destroy()
      })
  })
}

async function open(): Promise<void> {
  const engine = new EngineProcess(engineCommand())
  const measured = measureStart(engine)
  engine.start()
  const leave = () => void engine.stop().then(() => app.exit(0))
  app.on('will-quit', (event) => {
    event.preventDefault()
    leave()
  })
  // Asked to end before Electron is ready, it would ask the app no more and open the window all the same.
  app.on('before-quit', () => {
    if (!app.isReady()) leave()
  })
  await app.whenReady()
  if (engine.state.kind === 'stopped') return
  const window = openWindow()
  measured(window)
  // Whoever sends a signal can't answer a question. (Set before Electron is ready, its own handlers would replace these.)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, leave)
  confineSession(window.webContents.session)
  handleScheme(engine, path.join(distFolder, 'renderer'))
  const giveKeychain = (create: boolean): boolean => {
    const secret = keychainSecret(app.getPath('userData'), create)
    if (secret !== null) engine.giveKeychain(secret)
    return secret !== null
  }
  giveKeychain(false)
  registerDialogs(() => giveKeychain(true))
  installMenu()
  guardClosing(window, engine)
  engine.on('state', (state) => {
    if (state.kind !== 'waiting' || !state.refusal) return
    // It will refuse again: say why once, and leave.
    void engine.stop()
    dialog.showErrorBox('Glyphlab could not open', state.refusal.message)
    app.quit()
  })
  app.on('second-instance', () => {
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
  })
  await window.loadURL(`${origin}/`).catch((error: unknown) => {
    // Closed while it was loading.
    if (!window.isDestroyed()) throw error
  })
}

// One data folder, one window: the lock lives in userData, which follows GLYPHLAB_HOME.
if (home) app.setPath('userData', path.join(path.resolve(home), 'window'))
if (app.requestSingleInstanceLock()) {
  silenceChromium()
  registerScheme()
  denyOtherPages()
  app.on('window-all-closed', () => app.quit())
  open().catch((error: unknown) => {
    dialog.showErrorBox('Glyphlab could not open', error instanceof Error ? error.message : String(error))
    app.exit(1)
  })
} else {
  app.exit(0)
}

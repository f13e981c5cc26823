import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { app, type BrowserWindow, type Rectangle, screen } from 'electron'
import { z } from 'zod'

const windowState = z.object({
  position: z.object({ x: z.number().int(), y: z.number().int() }).nullable(),
  width: z.number().int().min(480),
  height: z.number().int().min(320),
  maximized: z.boolean(),
})
type WindowState = z.infer<typeof windowState>

const initial: WindowState = { position: null, width: 1280, height: 800, maximized: false }
const stateFile = () => path.join(app.getPath('userData'), 'window-state.json')

function overlaps(a: Rectangle, b: Rectangle): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

/** The window's last size and place; the place is dropped when that screen is gone. */
export function readWindowState(): WindowState {
  try {
    const state = windowState.parse(JSON.parse(readFileSync(stateFile(), 'utf8')))
    const { position, width, height } = state
    if (!position) return state
    const bounds = { ...position, width, height }
    const visible = screen.getAllDisplays().some(({ workArea }) => overlaps(bounds, workArea))
    return visible ? state : { ...state, position: null }
  } catch {
    return initial
  }
}

/** Remembers size and place when the window closes. */
export function rememberWindowState(window: BrowserWindow): void {
  window.on('close', () => {
    const { x, y, width, height } = window.getNormalBounds()
    const state: WindowState = { position: { x, y }, width, height, maximized: window.isMaximized() }
    const file = stateFile()
    try {
      writeFileSync(`${file}.new`, JSON.stringify(state))
      renameSync(`${file}.new`, file)
    } catch {
      // A full disk costs the window's place, not the quit.
    }
  })
}

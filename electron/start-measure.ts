import type { BrowserWindow } from 'electron'
import type { EngineProcess } from './engine-process.ts'

/**
 * With GLYPHLAB_MEASURE_START=1, prints one JSON line: milliseconds from the start of this process until the window was
 * shown, the engine ready, and the window usable (page painted and its first questions to the engine answered).
 */
export function measureStart(window: BrowserWindow, engine: EngineProcess): void {
  if (process.env['GLYPHLAB_MEASURE_START'] !== '1') return
  const started = process.getCreationTime() ?? Date.now()
  const since = () => Math.round(Date.now() - started)
  const windowMs = since()
  let engineMs: number | undefined
  engine.on('state', ({ kind }) => {
    if (kind === 'running') engineMs ??= since()
  })
  const painted = `new Promise(resolve => {
    const look = () => document.querySelector('#root')?.childElementCount
      ? fetch('/rpc/engine.status', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
          .then(() => requestAnimationFrame(() => requestAnimationFrame(resolve)))
      : requestAnimationFrame(look)
    look()
  })`
  window.webContents.once('dom-ready', async () => {
    await window.webContents.executeJavaScript(painted)
    console.log(JSON.stringify({ type: 'start', windowMs, engineMs, usableMs: since() }))
  })
}

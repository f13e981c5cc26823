import type { BrowserWindow } from 'electron'
import type { EngineProcess } from './engine-process.ts'

/** Resolves in the page once it has painted its app and the engine has answered it. */
const usable = `new Promise(resolve => {
  const look = () => document.querySelector('#root > :not(style)')
    ? fetch('/rpc/engine.status', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
        .then(() => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    : requestAnimationFrame(look)
  look()
})`

/**
 * With GLYPHLAB_MEASURE_START, prints one JSON line with the milliseconds until the engine was ready, the window was
 * shown, and the window was usable. They count from the variable's value (milliseconds of the epoch, taken by whoever
 * started this process), or from the process' own start when it is 1.
 * @returns what to call with the window as soon as it is shown
 */
export function measureStart(engine: EngineProcess): (window: BrowserWindow) => void {
  const given = Number(process.env['GLYPHLAB_MEASURE_START'] ?? 0)
  if (!given) return () => {}
  const started = given === 1 ? performance.timeOrigin : given
  const since = () => Math.round(Date.now() - started)
  let engineMs: number | undefined
  engine.on('state', ({ kind }) => {
    if (kind === 'running') engineMs ??= since()
  })
  return (window) => {
    const windowMs = since()
    window.webContents.once('dom-ready', async () => {
      await window.webContents.executeJavaScript(usable)
      console.log(JSON.stringify({ type: 'start', windowMs, engineMs, usableMs: since() }))
    })
  }
}

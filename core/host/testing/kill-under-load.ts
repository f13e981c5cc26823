import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { type KillRun, type KillStart, killBatch } from './kill-batch.ts'

const flags = ['--disable-warning=ExperimentalWarning']

/** What became of the points of one writer. */
export interface Survival {
  acknowledged: number
  stored: number
  /** Acknowledged, and gone after a kill. */
  lost: number
  /** Kills after which a part of a batch, a point twice or a wrong one was found. */
  damaged: number
}

export interface KillReport {
  kills: number
  writingSeconds: number
  inProcess: Survival
  http: Survival
}

/** A program that prints lines, in a process of its own. */
function program(name: string, args: string[], onLine: (line: string) => void) {
  const file = path.join(import.meta.dirname, name)
  const child: ChildProcess = spawn(process.execPath, [...flags, file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (child.stdout) createInterface({ input: child.stdout }).on('line', onLine)
  // `close` comes after the last line that was written before the end.
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  return { child, closed }
}

interface Writer extends Survival {
  id: string
}

/** After a start: what the writer was told is stored is compared with what is. */
function look(writer: Writer, { id, stored, whole }: KillRun): void {
  const open = stored - writer.acknowledged
  writer.id = id
  writer.lost += Math.max(0, -open)
  if (!whole || stored % killBatch !== 0 || open > killBatch) writer.damaged++
  writer.stored = stored
  writer.acknowledged = stored
}

/**
 * Kills an engine again and again with SIGKILL while it logs itself and another process logs over HTTP.
 * @param writeMs how long is written before a kill; from half to one and a half times as long
 */
export async function killUnderLoad(home: string, kills: number, writeMs: number): Promise<KillReport> {
  const fresh = (): Writer => ({ id: '', acknowledged: 0, stored: 0, lost: 0, damaged: 0 })
  const writers = { inProcess: fresh(), http: fresh() }
  let writingMs = 0
  for (let kill = 0; kill <= kills; kill++) {
    let begun: (start: KillStart) => void = () => {}
    const start = new Promise<KillStart>((resolve) => {
      begun = resolve
    })
    const engine = program('kill-engine.ts', [home, writers.inProcess.id, writers.http.id], (line) => {
      if (!line.startsWith('{')) {
        writers.inProcess.acknowledged = Number(line)
        return
      }
      // At once: the next lines already acknowledge what is logged after this start.
      const started = JSON.parse(line) as KillStart
      look(writers.inProcess, started.runs.inProcess)
      look(writers.http, started.runs.http)
      begun(started)
    })
    const ended = engine.closed.then(() => undefined)
    const first = await Promise.race([start, ended])
    if (!first) throw new Error(`the engine ended with ${engine.child.exitCode} before it served`)
    if (kill === kills) {
      engine.child.kill('SIGKILL')
      await engine.closed
      break
    }
    const client = program(
      'kill-client.ts',
      [first.url, first.runs.http.id, String(first.runs.http.stored)],
      (line) => {
        writers.http.acknowledged = Number(line)
      },
    )
    const share = 0.5 + ((kill * 37) % 100) / 100
    await new Promise((resolve) => setTimeout(resolve, writeMs * share))
    writingMs += writeMs * share
    engine.child.kill('SIGKILL')
    await Promise.all([engine.closed, client.closed])
  }
  const survival = ({ id: _, ...rest }: Writer): Survival => rest
  return {
    kills,
    writingSeconds: Math.round(writingMs) / 1_000,
    inProcess: survival(writers.inProcess),
    http: survival(writers.http),
  }
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type ServedEngine, serveEngine } from './testing/serve.ts'

const kills = 5
const batch = 100

let work: string
beforeEach(() => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-run-kill-'))
})
afterEach(() => rmSync(work, { recursive: true, force: true }))

/** What one writer was told is stored, and the batch that it got no answer to. */
interface Written {
  runId: string
  acknowledged: number
  open: number | null
}

async function startWithMlflow(): Promise<{ engine: ServedEngine; url: string }> {
  const engine = await serveEngine(path.join(work, 'home'))
  const { url } = await engine.call('tracking.serveMlflow', { port: 0 })
  return { engine, url: url ?? '' }
}

/** Logs batch after batch until the engine is gone. */
async function writeUntilGone(url: string, written: Written): Promise<void> {
  for (;;) {
    const first = written.acknowledged * batch
    const metrics = Array.from({ length: batch }, (_, index) => ({
      key: 'loss',
      value: first + index,
      timestamp: 1_000 + first + index,
      step: first + index,
    }))
    written.open = written.acknowledged
    try {
      const response = await fetch(`${url}/api/2.0/mlflow/runs/log-batch`, {
        method: 'POST',
        body: JSON.stringify({ run_id: written.runId, metrics }),
      })
      if (response.status !== 200) throw new Error(await response.text())
      await response.text()
    } catch {
      return
    }
    written.acknowledged++
    written.open = null
  }
}

it('has every acknowledged point after the engine was killed under load, and no part of a batch', async () => {
  let { engine, url } = await startWithMlflow()
  const writers: Written[] = []
  for (const name of ['one', 'two', 'three']) {
    const { id } = await engine.call('runs.create', { name })
    writers.push({ runId: id, acknowledged: 0, open: null })
  }
  for (let kill = 0; kill < kills; kill++) {
    const before = writers.reduce((sum, { acknowledged }) => sum + acknowledged, 0)
    const writing = Promise.all(writers.map((writer) => writeUntilGone(url, writer)))
    await expect
      .poll(() => writers.reduce((sum, { acknowledged }) => sum + acknowledged, 0), {
        timeout: 30_000,
        interval: 5,
      })
      .toBeGreaterThan(before + 20)
    await engine.end('SIGKILL')
    await writing
    ;({ engine, url } = await startWithMlflow())
    for (const writer of writers) {
      const [series] = await engine.call('runs.series', {
        runIds: [writer.runId],
        keys: ['loss'],
        maxPoints: 100_000,
      })
      const steps = series?.steps ?? []
      expect(steps).toEqual(Array.from({ length: steps.length }, (_, step) => step))
      const stored = steps.length / batch
      expect([writer.acknowledged, (writer.open ?? writer.acknowledged - 1) + 1]).toContain(stored)
    }
  }
  // Who got no answer sends the batch again: nothing is there twice.
  for (const writer of writers) expect(writer.acknowledged).toBeGreaterThan(0)
  await engine.end('SIGTERM')
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { killUnderLoad } from './testing/kill-under-load.ts'

const kills = 3
const writeMs = 1_000

let work: string
beforeEach(() => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-run-kill-'))
})
afterEach(() => rmSync(work, { recursive: true, force: true }))

it('has every acknowledged point, and no part of a batch, after the engine was killed while two processes logged', async () => {
  const report = await killUnderLoad(path.join(work, 'home'), kills, writeMs)
  for (const { acknowledged, lost, damaged } of [report.inProcess, report.http]) {
    expect({ lost, damaged }).toEqual({ lost: 0, damaged: 0 })
    expect(acknowledged).toBeGreaterThan(1_000)
  }
}, 60_000)

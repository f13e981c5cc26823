import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Engine, openEngine } from './engine.ts'
import { gpuReadings, processUse } from './system-reading.ts'

let work: string
let engine: Engine
beforeEach(async () => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-monitor-'))
  engine = await openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
})
afterEach(async () => {
  await engine.close()
  rmSync(work, { recursive: true, force: true })
})

const metricsOf = async (runId: string) => (await engine.call('runs.get', { runId })).metrics

async function until(happened: () => Promise<boolean>): Promise<void> {
  while (!(await happened())) await new Promise((resolve) => setTimeout(resolve, 50))
}

it('a script’s run gets readings of the machine and of its process, until the process is gone', async () => {
  const script = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' })
  try {
    const { id } = await engine.call('runs.create', {})
    await engine.call('runs.monitor', { runId: id, pid: script.pid ?? 0 })
    const second = async () =>
      ((await metricsOf(id))['system/process_cpu_utilization_percentage']?.count ?? 0) > 0
    await until(second)
    const metrics = await metricsOf(id)
    expect(metrics['system/process_cpu_utilization_percentage']?.value).toBeGreaterThan(5)
    expect(metrics['system/process_memory_usage_megabytes']?.value).toBeGreaterThan(10)
    for (const name of ['cpu_utilization', 'system_memory_usage', 'disk_usage']) {
      const { value } = metrics[`system/${name}_percentage`] ?? { value: Number.NaN }
      expect(value, name).toBeGreaterThan(0)
      expect(value, name).toBeLessThanOrEqual(100)
    }
    expect(metrics['system/system_memory_usage_megabytes']).toMatchObject({ step: 1, count: 2 })
    expect(metrics['system/disk_available_megabytes']?.value).toBeGreaterThan(0)
  } finally {
    script.kill('SIGKILL')
  }
})

it('a process that is not there and a run that has ended are not watched', async () => {
  const { id } = await engine.call('runs.create', {})
  await expect(engine.call('runs.monitor', { runId: id, pid: 2 ** 22 + 1 })).rejects.toThrow('no process')
  await engine.call('runs.end', { runId: id })
  await expect(engine.call('runs.monitor', { runId: id })).rejects.toThrow('has ended')
})

it('a training that goes on from a checkpoint keeps the readings of its first part', async () => {
  const { runs } = engine.services
  const { id } = await engine.call('runs.create', {})
  const point = (key: string, step: number) => ({ key, step, value: step, timestamp: step })
  runs.logMetrics(id, [point('loss', 1), point('loss', 9), point('system/disk_usage_percentage', 9)])
  runs.forgetAfter(id, 5)
  const metrics = await metricsOf(id)
  expect(metrics['loss']).toMatchObject({ step: 1, count: 1 })
  expect(metrics['system/disk_usage_percentage']).toMatchObject({ step: 9, count: 1 })
})

it('a GPU that can’t tell its power has the other readings', () => {
  expect(gpuReadings([['35', '1000', '4000', '[N/A]', '[N/A]']])).toEqual({
    gpu_0_utilization_percentage: 35,
    gpu_0_memory_usage_megabytes: 1048.576,
    gpu_0_memory_usage_percentage: 25,
  })
})

it('a process that is gone has no use', async () => {
  expect(await processUse(2 ** 22 + 1)).toBeNull()
  expect((await processUse(process.pid))?.bytes).toBeGreaterThan(10e6)
})

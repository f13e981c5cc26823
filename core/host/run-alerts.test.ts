import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { EngineEvent } from '../contract/index.ts'
import { type Engine, openEngine } from './engine.ts'

let home: string
let engine: Engine
const silent = pino({ level: 'silent' })
beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'glyphlab-alerts-'))
  engine = await openEngine(home, silent)
})
afterEach(async () => {
  await engine.close()
  rmSync(home, { recursive: true, force: true })
})

const begin = async () => (await engine.call('runs.create', { experiment: 'nightly', name: 'night' })).id
const log = (runId: string, key: string, values: number[], from = 0) =>
  engine.call('runs.log', {
    runId,
    metrics: values.map((value, at) => ({ key, value, step: from + at, timestamp: 1_000 + from + at })),
  })
const rule = (more: {
  kind: 'not-finite' | 'above' | 'below' | 'stalled'
  bound?: number
  metric?: string
}) => engine.call('runs.addAlertRule', { experiment: 'nightly', metric: 'loss', ...more })
const messages = async (runId: string) =>
  (await engine.call('runs.alerts', { runId })).map(({ message }) => message)

it('a run that breaks a rule is told of once, also when the metric recovers', async () => {
  const runId = await begin()
  await rule({ kind: 'not-finite' })
  await rule({ kind: 'above', bound: 3 })
  const told: EngineEvent[] = []
  engine.services.events.listen((event) => {
    if (event.type === 'run.alerted') told.push(event)
  })
  await log(runId, 'loss', [1, 2, 0.5])
  expect(await messages(runId)).toEqual([])
  await log(runId, 'loss', [Number.NaN, 0.4, 5.25], 3)
  await expect.poll(() => told.length, { timeout: 5_000 }).toBe(2)
  await log(runId, 'loss', [Number.POSITIVE_INFINITY], 6)
  expect((await messages(runId)).sort()).toEqual([
    'loss is 5.25 at step 5, above 3.',
    'loss is NaN at step 3.',
  ])
  const { runs } = await engine.call('runs.search', {})
  expect(runs).toMatchObject([{ id: runId, alerts: 2 }])
  expect(told.length).toBe(2)
})

it('a loss that falls no more and an accuracy that rises no more are stalled', async () => {
  const runId = await begin()
  await rule({ kind: 'stalled', bound: 3 })
  await rule({ kind: 'stalled', bound: 3, metric: 'accuracy' })
  await log(runId, 'loss', [3, 2, 2.5, 2.5])
  await log(runId, 'accuracy', [0.1, 0.2, 0.3, 0.4])
  expect(await messages(runId)).toEqual([])
  await log(runId, 'loss', [2.1], 4)
  await log(runId, 'accuracy', [0.3, 0.2, 0.1], 4)
  expect((await messages(runId)).sort()).toEqual([
    'accuracy has not improved for 3 steps: 0.4 at step 3 is still its best.',
    'loss has not improved for 3 steps: 2 at step 1 is still its best.',
  ])
})

it('a run that runs and is not heard of is told of; one that has ended or is trained here is not', async () => {
  await engine
    .call('runs.create', { experiment: 'nightly', name: 'other' })
    .then(({ id }) => engine.call('runs.end', { runId: id }))
  const runId = await begin()
  engine.services.store.prepare('UPDATE run SET heartbeat_at = heartbeat_at - 600000').run()
  await engine.call('runs.addAlertRule', { experiment: 'nightly', kind: 'silent', bound: 5 })
  expect(await engine.call('runs.alerts', {})).toMatchObject([
    { runId, run: 'night', message: 'Nothing was heard of it for 10 minutes while it ran.' },
  ])
})

it('rules are kept over a restart, go with their alerts, and are in the audit log', async () => {
  const runId = await begin()
  await log(runId, 'loss', [9])
  const { id } = await rule({ kind: 'above', bound: 3 })
  expect(await messages(runId)).toEqual(['loss is 9 at step 0, above 3.'])
  await engine.close()
  engine = await openEngine(home, silent)
  expect(await engine.call('runs.alertRules', {})).toMatchObject([{ id, experiment: 'nightly', runs: 1 }])
  await engine.call('runs.removeAlertRule', { ruleId: id })
  expect(await messages(runId)).toEqual([])
  await expect(engine.call('runs.removeAlertRule', { ruleId: id })).rejects.toThrow('no rule')
  const { items, intact } = await engine.call('engine.audit', {})
  expect(items.map(({ action }) => action)).toEqual(['alert.removed', 'alert.added'])
  expect(intact).toBe(true)
})

it('a rule that says too little is refused', async () => {
  await begin()
  const add = (more: object) =>
    engine.call('runs.addAlertRule', { experiment: 'nightly', kind: 'above', ...more })
  await expect(add({ bound: 1 })).rejects.toThrow('Say which metric')
  await expect(add({ metric: 'loss' })).rejects.toThrow('needs a number')
  await expect(add({ metric: 'loss', kind: 'stalled', bound: 0 })).rejects.toThrow('above 0')
  await expect(add({ metric: 'loss', experiment: 'nihgtly', bound: 1 })).rejects.toThrow('no experiment')
})

it('a script adds a rule, and its check fails when a run has broken it', async () => {
  const runId = await begin()
  await log(runId, 'loss', [1, Number.NaN])
  await engine.close()
  const glyphlab = (...args: string[]) =>
    new Promise<{ code: number; stdout: string }>((resolve) => {
      const cli = path.join(import.meta.dirname, 'cli.ts')
      const all = ['--disable-warning=ExperimentalWarning', cli, 'runs', 'alerts', ...args, '--home', home]
      execFile(process.execPath, all, (error, stdout) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout }),
      )
    })
  expect(await glyphlab('list', '--fail')).toMatchObject({ code: 0 })
  const added = await glyphlab('add', '--experiment', 'nightly', '--metric', 'loss', '--not-finite')
  expect(added.stdout).toContain('an alert when loss is NaN or infinite, in "nightly".')
  const listed = await glyphlab('list', '--fail', '--experiment', 'nightly', '--json')
  expect(listed.code).toBe(1)
  expect(JSON.parse(listed.stdout)).toMatchObject({ runId, message: 'loss is NaN at step 1.' })
  const [id = ''] = /[0-9a-f]{8}/.exec((await glyphlab('rules')).stdout) ?? []
  await glyphlab('remove', id)
  expect(await glyphlab('--fail')).toMatchObject({ code: 0 })
  engine = await openEngine(home, silent)
})

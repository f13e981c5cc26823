import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GateReport } from '../contract/index.ts'
import { type Engine, openEngine } from './engine.ts'

const data = path.join(import.meta.dirname, '..', '..', 'data')
const run = promisify(execFile)

let work: string
let engine: Engine

const settled = async (jobId: string): Promise<Record<string, unknown>> => {
  const job = await engine.services.queue.settled(jobId)
  expect(job).toMatchObject({ status: 'succeeded', error: null })
  return job.result ?? {}
}

let versionId: string

/** Version 1 has learnt nothing to speak of, version 2 more. */
beforeAll(async () => {
  work = mkdtempSync(path.join(tmpdir(), 'glyphlab-gates-'))
  engine = await openEngine(path.join(work, 'home'), pino({ level: 'silent' }))
  const folder = path.join(data, 'datasets', 'sign-language-digits')
  const imported = await engine.call('datasets.import', {
    source: { kind: 'path', path: folder },
    name: 'Signs',
  })
  versionId = String((await settled(imported.jobId))['datasetVersionId'])
  for (const epochs of [1, 8]) {
    const { jobId, runId } = await engine.call('training.start', {
      datasetVersionId: versionId,
      backend: 'wasm',
      options: { epochs, imageSize: 24 },
    })
    await settled(jobId)
    await engine.call('models.register', { runId, name: 'signs' })
  }
}, 120_000)
afterAll(async () => {
  await engine.close()
  rmSync(work, { recursive: true, force: true })
})

const place = { model: 'signs', alias: 'champion' }
const check = async (version: number): Promise<GateReport> => {
  const { jobId } = await engine.call('models.checkGates', { ...place, version })
  await settled(jobId)
  const report = await engine.call('models.gateReport', { ...place, version })
  if (!report) throw new Error('there is no report')
  return report
}
const champion = async () => (await engine.call('models.get', { reference: 'signs@champion' })).version
const audited = async () => (await engine.call('engine.audit', {})).items.map(({ action }) => action)

describe('an alias with gates', () => {
  it('moves freely while it has none, and its first move is kept', async () => {
    await engine.call('models.setAlias', { ...place, version: 1, reason: 'the first' })
    const [move] = await engine.call('models.aliasHistory', place)
    expect(move).toMatchObject({ from: null, to: 1, kind: 'moved', reason: 'the first', gates: null })
    await expect(engine.call('models.rollback', place)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('nothing to go back to'),
    })
  })

  it('fixes the test set that a rule names to its version, and refuses options that make no sense', async () => {
    const gates = await engine.call('models.setGates', {
      ...place,
      rules: [
        { gate: 'metric-threshold', options: { value: 0.99 } },
        { gate: 'no-bad-slice', options: { dataset: 'Signs', least: 0, drop: 1, samples: 1 } },
        { gate: 'latency-limit', options: { milliseconds: 60_000, times: 3 } },
        { gate: 'size-limit' },
        { gate: 'data-rules' },
      ],
    })
    expect(gates[0]?.rules.map(({ words }) => words)).toEqual([
      'test_accuracy is at least 0.99',
      'each class in test of Signs@1, without a bound',
      'an answer takes at most 60000 ms (median of 3)',
      'its files have at most 50 MB',
      'its training data keeps the rules of its dataset',
    ])
    await expect(
      engine.call('models.setGates', {
        ...place,
        rules: [{ gate: 'size-limit', options: { megabytes: -1 } }],
      }),
    ).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('does not move to a version that nobody has checked', async () => {
    await expect(engine.call('models.setAlias', { ...place, version: 2 })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('has not been checked'),
    })
    expect(await champion()).toBe(1)
  })

  it('shows what each gate found and every picture that flipped, and is held back by those that failed', async () => {
    const report = await check(2)
    expect(report).toMatchObject({ champion: 1, passed: false, current: true })
    const passed = Object.fromEntries(report.results.map(({ rule, passed: yes }) => [rule.gate, yes]))
    expect(passed).toMatchObject({ 'latency-limit': true, 'size-limit': true, 'no-bad-slice': true })
    expect(passed).toMatchObject({ 'data-rules': false })
    const { comparison } = report
    if (!comparison) throw new Error(report.comparisonProblem ?? '')
    const test = (await engine.call('datasets.version', { versionId })).split.counts.test
    expect(comparison).toMatchObject({ sampleCount: test, seen: { champion: 0, candidate: 0 } })
    expect(comparison.accuracy).toBeGreaterThan(comparison.championAccuracy)
    // The accuracy is the one that the training measured.
    const { metrics } = await engine.call('models.get', { reference: 'signs/2' })
    expect(comparison.accuracy).toBeCloseTo(metrics['test_accuracy'] ?? 0, 6)
    expect(comparison.accuracy - comparison.championAccuracy).toBeCloseTo(
      (comparison.fixed - comparison.broken) / test,
      6,
    )
    const flips = await engine.call('models.flips', { ...place, version: 2 })
    expect(flips.total).toBe(comparison.fixed + comparison.broken + comparison.otherwise)
    for (const { sample, kind, champion: before, candidate } of flips.items) {
      expect(sample.subset).toBe('test')
      expect(kind === 'fixed').toBe(candidate.label === sample.label)
      expect(kind === 'broken').toBe(before.label === sample.label)
    }
    await expect(engine.call('models.setAlias', { ...place, version: 2 })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('its training data keeps the rules'),
    })
  })

  it('moves by an override with a reason, which is signed, and the log and the history have it', async () => {
    await engine.call('models.setAlias', { ...place, version: 2, override: 'the demo is today' })
    expect(await champion()).toBe(2)
    const [move] = await engine.call('models.aliasHistory', place)
    expect(move).toMatchObject({
      from: 1,
      to: 2,
      kind: 'override',
      reason: 'the demo is today',
      signature: { valid: true },
    })
    expect(move?.gates?.some(({ passed }) => !passed)).toBe(true)
    expect(statSync(path.join(work, 'home', 'keys', 'bundles.pem')).mode & 0o777).toBe(0o600)
    const { items, intact } = await engine.call('engine.audit', {})
    expect(intact).toBe(true)
    expect(items[0]).toMatchObject({
      action: 'alias.moved',
      details: { override: true, reason: 'the demo is today' },
    })
  })

  it('shows that a signed override was changed afterwards', async () => {
    const { store } = engine.services
    store.prepare("UPDATE alias_move SET reason = 'all was well' WHERE kind = 'override'").run()
    expect((await engine.call('models.aliasHistory', place))[0]?.signature?.valid).toBe(false)
    store.prepare("UPDATE alias_move SET reason = 'the demo is today' WHERE kind = 'override'").run()
    expect((await engine.call('models.aliasHistory', place))[0]?.signature?.valid).toBe(true)
  })

  it('goes back in one action, whatever its gates say', async () => {
    const move = await engine.call('models.rollback', { ...place, reason: 'it was slow' })
    expect(move).toMatchObject({ from: 2, to: 1, kind: 'rollback', reason: 'it was slow' })
    expect(await champion()).toBe(1)
    await expect(engine.call('models.rollback', place)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect((await audited()).filter((action) => action === 'alias.moved')).toHaveLength(3)
  })

  it('is not moved past its gates by a registration or by MLflow', async () => {
    const { runId } = await engine.call('models.get', { reference: 'signs/2' })
    await expect(
      engine.call('models.register', { runId: runId ?? '', name: 'signs', alias: 'champion' }),
    ).rejects.toMatchObject({ code: 'CONFLICT' })
    expect((await engine.call('models.versions', { model: 'signs' })).map(({ version }) => version)).toEqual([
      2, 1,
    ])
    await engine.call('models.setGates', {
      ...place,
      rules: [{ gate: 'metric-threshold', options: { value: 2 } }],
    })
    expect(() => engine.services.registry.setAlias('signs', 'champion', 2)).toThrow(
      'since version 2 was checked',
    )
    expect(await champion()).toBe(1)
  })

  it('is moved past its gates by a registration and an import that say why, signed', async () => {
    const { runId } = await engine.call('models.get', { reference: 'signs/2' })
    const file = path.join(work, 'signs.onnx')
    await engine.call('models.export', { reference: 'signs/2', format: 'onnx', path: file })
    const registered = await engine.call('models.register', {
      ...{ runId: runId ?? '', name: 'signs', alias: 'champion', override: 'trained again' },
    })
    const imported = await engine.call('models.import', {
      ...{ source: { kind: 'path', path: file }, name: 'signs', alias: 'champion' },
      override: 'came back from the shop',
    })
    expect(await champion()).toBe(imported.version)
    const [last, before] = await engine.call('models.aliasHistory', place)
    expect(last).toMatchObject({
      ...{ from: registered.version, to: imported.version, kind: 'override' },
      ...{ reason: 'came back from the shop', signature: { valid: true } },
    })
    expect(before).toMatchObject({ to: registered.version, kind: 'override', reason: 'trained again' })
    await engine.call('models.rollback', { ...place, reason: '' })
    await engine.call('models.rollback', { ...place, reason: '' })
    expect(await champion()).toBe(1)
  })

  it('moves without a word once its gates pass, and not on an old check', async () => {
    const rules = [{ gate: 'metric-threshold', options: { value: 0 } }]
    await engine.call('models.setGates', { ...place, rules })
    expect(await check(2)).toMatchObject({ passed: true, current: true })
    await engine.call('models.setGates', { ...place, rules: [...rules, { gate: 'size-limit' }] })
    await expect(engine.call('models.setAlias', { ...place, version: 2 })).rejects.toMatchObject({
      message: expect.stringContaining('the gates changed'),
    })
    await check(2)
    await engine.call('models.setAlias', { ...place, version: 2 })
    const [move] = await engine.call('models.aliasHistory', place)
    expect(move).toMatchObject({ kind: 'moved', to: 2, signature: null })
    expect(move?.gates).toHaveLength(2)
  })

  it('gets no version of which a file was changed, until what is stored of it is whole again', async () => {
    const { files } = await engine.call('models.get', { reference: 'signs/1' })
    const weights = files.find((file) => file.path === 'weights.bin')
    const { file } = engine.services.blobs.requireLocation(weights?.hash ?? '')
    const whole = readFileSync(file)
    const changed = Buffer.from(whole)
    changed[100] = (changed[100] ?? 0) ^ 1
    chmodSync(file, 0o644)
    writeFileSync(file, changed)
    const refused = {
      code: 'DAMAGED',
      message: expect.stringMatching(/^Version 1 of signs is damaged and gets no alias\. .*weights\.bin/),
    }
    await expect(engine.call('models.setAlias', { ...place, version: 1 })).rejects.toMatchObject(refused)
    await expect(engine.call('models.rollback', place)).rejects.toMatchObject(refused)
    const found = await engine.call('models.verify', { reference: 'signs/1' })
    expect(found).toMatchObject({ status: 'damaged', statusMessage: expect.stringContaining('weights.bin') })
    expect(await engine.call('models.verify', { reference: 'signs/2' })).toMatchObject({ status: 'ready' })
    // As an import of the same model stores it.
    await engine.services.blobs.addBytes(whole)
    expect(readFileSync(file)).toEqual(whole)
    const folder = await engine.services.modelFolders.folder(engine.services.models.manifest('signs', 1))
    expect(readFileSync(path.join(folder, 'weights.bin'))).toEqual(whole)
    expect(await engine.call('models.verify', { reference: 'signs/1' })).toMatchObject({
      status: 'ready',
      statusMessage: null,
    })
  })
})

describe('the command line', () => {
  it('checks, refuses with exit code 1, overrides, tells the history and rolls back', async () => {
    await engine.call('models.setAlias', { ...place, alias: 'next', version: 1 })
    const home = path.join(work, 'home')
    await engine.close()
    const rules = path.join(work, 'gates.json')
    writeFileSync(rules, '[{"gate": "metric-threshold", "options": {"value": 2}}]')
    const glyphlab = async (...args: string[]) => {
      const cli = path.join(import.meta.dirname, 'cli.ts')
      const flags = ['--disable-warning=ExperimentalWarning', cli, 'models', ...args, '--home', home]
      try {
        return { code: 0, ...(await run(process.execPath, flags)) }
      } catch (cause) {
        return cause as { code: number; stdout: string; stderr: string }
      }
    }
    expect((await glyphlab('gates', 'signs@next', '--set', rules)).stdout).toContain(
      'test_accuracy is at least 2',
    )
    const refused = await glyphlab('alias', 'signs@next', '2')
    expect(refused.code).toBe(1)
    expect(refused.stdout).toContain('FAILED  test_accuracy is at least 2')
    expect(refused.stderr).toContain('does not pass a gate of signs@next')
    expect((await glyphlab('alias', 'signs@next', '2', '--override', 'for a test')).stdout).toMatch(
      /version 1 -> version 2 {2}override .*"for a test".*in spite of: test_accuracy.*signed [0-9a-f]{12}/,
    )
    expect((await glyphlab('rollback', 'signs@next')).stdout).toContain('version 2 -> version 1  rollback')
    expect((await glyphlab('versions', 'signs')).stdout).toMatch(
      /^VERSION +STATUS +ALIASES [\s\S]*\n2 +ready +champion [\s\S]*\n1 +ready +next /,
    )
    expect((await glyphlab('verify', 'signs/1')).stdout).toMatch(/^signs\/1: \d files \(.* are what was/)
    const history = await glyphlab('history', 'signs@next', '--json')
    expect(history.stdout.trim().split('\n')).toHaveLength(3)
    const described = ['describe', 'signs/1', '--description', 'Hands', '--tag', 'a=1', '--tag', 'b=x=y']
    expect((await glyphlab(...described, '--untag', 'a')).stdout).toBe('Hands\n  a = 1\n  b = x=y\n')
    expect((await glyphlab('card', 'signs/1')).stdout).toContain('## Intended use')
    expect((await glyphlab('lineage', 'signs/1')).stdout).toMatch(/^dataset {3}Signs v1\nrun {7}/)
    engine = await openEngine(home, pino({ level: 'silent' }))
  }, 60_000)
})

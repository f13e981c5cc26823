import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Engine, openEngine } from './engine.ts'

let home: string
let engine: Engine

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'glyphlab boards ü '))
  engine = await openEngine(home, pino({ level: 'silent' }))
})
afterEach(async () => {
  await engine.close()
  await rm(home, { recursive: true, force: true })
})

async function log(name: string, params: Record<string, string>, losses: number[]): Promise<string> {
  const { id } = await engine.call('runs.create', { name, params })
  await engine.call('runs.log', {
    runId: id,
    metrics: losses.map((value, step) => ({ key: 'loss', value, step, timestamp: 1_700_000_000_000 + step })),
  })
  await engine.call('runs.end', { runId: id })
  return id
}

test('a board is kept, replaced by one of its name, found by name, deleted; the audit log has it all', async () => {
  await engine.call('dashboards.save', { name: 'Rates', query: 'q=loss' })
  const { id } = await engine.call('dashboards.save', { name: 'Rates', query: 'q=accuracy' })
  expect(await engine.call('dashboards.list', {})).toMatchObject([{ id, name: 'Rates', query: 'q=accuracy' }])
  expect((await engine.call('dashboards.get', { dashboard: 'Rates' })).id).toBe(id)
  await engine.call('dashboards.delete', { dashboard: id })
  await expect(engine.call('dashboards.get', { dashboard: 'Rates' })).rejects.toThrow(/no dashboard "Rates"/)
  const { items, intact } = await engine.call('engine.audit', {})
  expect(items.map(({ action }) => action)).toEqual([
    'dashboard.deleted',
    'dashboard.saved',
    'dashboard.saved',
  ])
  expect(intact).toBe(true)
})

test('a report has every run and value, draws NaN, and a run called like a script stays text', async () => {
  const evil = '<script>alert(1)<img src=x onerror=alert(2)> "&\''
  const first = await log(evil, { lr: '</script></style><b>0.1</b>', same: 'x' }, [3, Number.NaN, 1])
  const second = await log('plain', { lr: '0.2', same: 'x' }, [2, Number.POSITIVE_INFINITY, 0.5])
  const { html, metrics } = await engine.call('runs.report', { runIds: [first, second], title: evil })
  expect(metrics).toEqual(['loss'])
  expect(html).not.toMatch(/<script|<img|<b>|<\/style><b|<\/script/)
  expect(html).toContain('&lt;script&gt;alert(1)&lt;img')
  expect(html).toContain("default-src 'none'")
  expect(html).not.toMatch(/https?:|url\(|<[^>]*(src|href)=/)
  expect(html).toContain('0.5 <small>0.5 to ∞</small>')
  expect(html.match(/class="curve r\d"/g)).toEqual(['class="curve r0"', 'class="curve r1"'])
  expect(html).toContain('1 more are equal')
})

test('a chart that comes with a report is an image in it, whatever its SVG holds', async () => {
  const runId = await log('one', {}, [1])
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>'
  const { html } = await engine.call('runs.report', {
    runIds: [runId],
    title: 'T',
    pictures: [{ title: '"><script>alert(3)</script>', svg }],
  })
  expect(html).not.toMatch(/<script|onload|<svg xmlns/)
  const [, alt, encoded = ''] =
    /<img alt="([^"]*)" src="data:image\/svg\+xml;base64,([^"]+)">/.exec(html) ?? []
  expect(alt).toBe('&quot;&gt;&lt;script&gt;alert(3)&lt;/script&gt;')
  expect(Buffer.from(encoded, 'base64').toString()).toBe(svg)
})

test('a report of a metric that nobody has logged says which there are', async () => {
  const runId = await log('one', {}, [1])
  await expect(
    engine.call('runs.report', { runIds: [runId], title: 'T', metrics: ['accuracy'] }),
  ).rejects.toThrow(/None of the runs has logged accuracy. They have: loss/)
})

test('groups are compared over equal seeds; a seed that stands twice pairs with nobody', async () => {
  const runIds: string[] = []
  for (const [seed, [small, large]] of [
    [3, 2],
    [4, 2],
    [5, 2],
  ].entries()) {
    runIds.push(await log(`small ${seed}`, { lr: '0.1', seed: String(seed) }, [small ?? 0]))
    runIds.push(await log(`large ${seed}`, { lr: '1', seed: String(seed) }, [large ?? 0]))
  }
  runIds.push(
    await log('again', { lr: '1', seed: '9' }, [7]),
    await log('again', { lr: '1', seed: '9' }, [8]),
  )
  const found = await engine.call('runs.statistics', {
    runIds,
    metric: 'loss',
    lowerIsBetter: true,
    groupBy: 'params.lr',
  })
  expect(found.groups).toMatchObject([
    { name: '0.1', count: 3, mean: 4, deviation: 1, best: 3, bestRunId: runIds[0] },
    { name: '1', count: 5, best: 2 },
  ])
  expect(found.tests).toMatchObject([
    { first: '0.1', second: '1', pairs: 3, difference: 2, p: 0.25, adjusted: 0.25, method: 'exact' },
  ])
  expect(found.unpaired).toBe(2)
})

test('several runs are read at once, in order, and those that are gone are named', async () => {
  const [first, second] = [await log('a', {}, [1]), await log('b', {}, [2])]
  const found = await engine.call('runs.many', { runIds: [second, 'f'.repeat(32), first] })
  expect(found.runs.map(({ name }) => name)).toEqual(['b', 'a'])
  expect(found.missing).toEqual(['f'.repeat(32)])
})

test('the command line writes the report to a new file, and not over another one', async () => {
  const runId = await log('one', {}, [2, 1])
  await engine.close()
  const file = path.join(home, 'report.html')
  const report = () =>
    spawnSync(
      process.execPath,
      [
        path.join(import.meta.dirname, 'cli.ts'),
        ...['runs', 'report', runId.slice(0, 12), '--out', file, '--title', 'Mine', '--home', home, '--json'],
      ],
      { encoding: 'utf8' },
    )
  expect(JSON.parse(report().stdout)).toMatchObject({ file, runs: 1, metrics: ['loss'] })
  expect(existsSync(file) && readFileSync(file, 'utf8')).toContain('<h1>Mine</h1>')
  const again = report()
  expect(again.status).not.toBe(0)
  expect(again.stderr + again.stdout).toContain('is there already')
  engine = await openEngine(home, pino({ level: 'silent' }))
})

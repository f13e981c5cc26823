import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { ServedMetricStore } from '../served-metric-store.ts'
import { openStore } from '../sqlite.ts'
import { servedMetrics } from './0024-served-metrics.ts'
import { migrations } from './index.ts'

it('makes room for metrics beside a log that was imported before, and they go with it', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-migration-'))
  try {
    const file = path.join(folder, 'glyphlab.sqlite')
    const before = openStore(file, migrations.slice(0, migrations.indexOf(servedMetrics)))
    before.exec("INSERT INTO served_log (id, name, updated_at) VALUES (7, 'kept', 5)")
    before.close()
    const store = openStore(file)
    const metrics = new ServedMetricStore(store)
    const reading = { name: 'glyphlab_drift_psi', labels: '{"statistic":"width"}', at: 10, value: 0.5 }
    expect(metrics.add(7, [reading, { ...reading, at: 20 }, reading])).toBe(2)
    expect(metrics.span(7)).toEqual({ from: 10, to: 20 })
    expect([...metrics.series(7)]).toMatchObject([
      { labels: { statistic: 'width' }, readings: [{ at: 10 }, { at: 20 }] },
    ])
    store.exec('DELETE FROM served_log WHERE id = 7')
    expect(store.prepare('SELECT count(*) FROM served_reading').pluck().get()).toBe(0)
    store.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { Reserve } from '../reserve.ts'
import { RunStore } from '../run-store.ts'
import { openStore } from '../sqlite.ts'
import { tracking } from './0014-tracking.ts'
import { migrations } from './index.ts'

it('gives "Default" the id 0 and keeps every run, param and point', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-migration-'))
  try {
    const file = path.join(folder, 'glyphlab.sqlite')
    const before = openStore(file, migrations.slice(0, migrations.indexOf(tracking)))
    before.exec(`
      INSERT INTO experiment (id, name, created_at) VALUES (1, 'Default', 5), (2, 'other', 6);
      INSERT INTO run (id, uid, experiment_id, name, status) VALUES (1, 'a', 1, 'one', 'FINISHED'), (2, 'b', 2, 'two', 'FINISHED');
      INSERT INTO param (run_id, key, value) VALUES (1, 'lr', '0.1');
      INSERT INTO metric_key (id, name) VALUES (1, 'loss');
      INSERT INTO metric (run_id, key_id, step, sequence, value, timestamp) VALUES (1, 1, 1, 0, 2.0, 100), (1, 1, 2, 0, 1.0, 200);
      INSERT INTO latest_metric (run_id, key_id, value, step, minimum, maximum, count) VALUES (1, 1, 1.0, 2, 1.0, 2.0, 2);
    `)
    before.close()
    const store = openStore(file)
    const runs = new RunStore(store, new Reserve(folder))
    expect(runs.experiments.find(0)).toMatchObject({ name: 'Default', createdAt: 5, runs: 1 })
    expect(runs.experiments.list('all').length).toBe(2)
    expect(runs.get('a')).toMatchObject({
      experiment: 'Default',
      params: { lr: '0.1' },
      metrics: { loss: { value: 1, step: 2, timestamp: 200, min: 1, max: 2, count: 2 } },
    })
    expect(runs.get('b').experiment).toBe('other')
    store.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

import path from 'node:path'
import { MetricStore } from '../../core/store/metric-store.ts'
import { openStore } from '../../core/store/sqlite.ts'

const curves = 10
const began = 1_700_000_000_000

/** The run at a place of those that `writeManyRuns` wrote. */
export const uidAt = (place: number): string => place.toString(16).padStart(32, '0')

/**
 * Writes a data folder with runs of 20 params, 10 metrics and a tag; the first `long` of them have `steps` points a
 * metric.
 */
export function writeManyRuns(home: string, size: { runs: number; long: number; steps: number }): void {
  const store = openStore(path.join(home, 'glyphlab.sqlite'))
  const numbers = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @count)'
  const write = (sql: string, values: Record<string, number>) => store.prepare(sql).run(values)
  store.transaction(() => {
    write(
      `${numbers} INSERT INTO run (id, uid, experiment_id, name, status, start_time, end_time)
       SELECT i, printf('%032x', i), 0, 'run ' || i, 'FINISHED', ${began} + i * 1000, ${began} + i * 1000 + i % 997 FROM n`,
      { count: size.runs },
    )
    write(
      `${numbers} INSERT INTO param (run_id, key, value)
       SELECT r.id, printf('param %02d', i), (r.id * i) % 101 FROM run r, n`,
      { count: 20 },
    )
    store.exec("INSERT INTO tag (run_id, key, value) SELECT id, 'team', 'team ' || (id % 7) FROM run")
    write(`${numbers} INSERT INTO metric_key (name) SELECT printf('metric %02d', i) FROM n`, {
      count: curves,
    })
    write(
      `INSERT INTO latest_metric (run_id, key_id, value, step, minimum, maximum, count, timestamp)
       SELECT r.id, k.id, (r.id * 7919 + k.id) % 10007, @last, (r.id * 7919 + k.id) % 9973, 10007, @last + 1, ${began}
       FROM run r, metric_key k WHERE k.name LIKE 'metric %'`,
      { last: size.steps - 1 },
    )
    write(
      `${numbers} INSERT INTO metric (run_id, key_id, step, sequence, value, timestamp)
       SELECT r.id, k.id, n.i - 1, 0, (r.id % 13) + 10.0 / n.i + (n.i * 7919 % 101) / 500.0, ${began} + n.i
       FROM run r, metric_key k, n WHERE r.id <= @long AND k.name LIKE 'metric %'`,
      { count: size.steps, long: size.long },
    )
  })()
  // As the engine does when a run ends.
  const metrics = new MetricStore(store)
  for (let run = 1; run <= size.long; run++) metrics.prepareOverviews(run)
  store.close()
}

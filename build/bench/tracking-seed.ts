import path from 'node:path'
import { Reserve } from '../../core/store/reserve.ts'
import { RunStore } from '../../core/store/run-store.ts'
import { openStore } from '../../core/store/sqlite.ts'
import { begin, size } from './tracking-size.ts'

/** Fills this engine's store with what is searched and fetched, as `tracking-seed.py` fills MLflow's. */
export function seedOwn(home: string): void {
  const store = openStore(path.join(home, 'glyphlab.sqlite'))
  const runs = new RunStore(store, new Reserve(home))
  const add = (experimentId: number, index: number) => {
    const id = runs.begin({ experimentId, name: `run ${index}`, startTime: begin + index, user: 'u' })
    runs.update(id, { status: 'FINISHED', endTime: begin + index })
    return { id, row: runs.idOf(id) }
  }
  store.transaction(() => {
    const searched = runs.experiments.idOf('searched')
    for (let index = 0; index < size.searchedRuns; index++) {
      const { id, row } = add(searched, index)
      runs.setParams(id, Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`param ${i}`, String(i)])))
      runs.metrics.log(
        row,
        Array.from({ length: 20 }, (_, i) => ({
          key: `metric ${i}`,
          value: ((index * 7919) % 10_007) + i,
          step: 0,
          timestamp: begin,
        })),
      )
    }
    const fetched = runs.experiments.idOf('fetched')
    for (let index = 0; index < size.fetchedRuns; index++) {
      const { row } = add(fetched, index)
      for (let i = 0; i < 10; i++)
        runs.metrics.log(
          row,
          Array.from({ length: size.steps }, (_, step) => ({
            key: `m${i}`,
            value: step / 7,
            step,
            timestamp: begin + step,
          })),
        )
    }
  })()
  runs.close()
  store.close()
}

/** Points per second into a database on the disk, each batch of 10,000 in a transaction of its own. */
export function ingestion(work: string): Record<string, number> {
  const rates: Record<string, number> = {}
  const batches = Array.from({ length: 100 }, (_, place) =>
    Array.from({ length: 10_000 }, (_, i) => ({
      key: `m${i % 10}`,
      value: Math.sin(i),
      step: Math.floor((place * 10_000 + i) / 10),
      timestamp: begin + i,
    })),
  )
  for (const mode of ['FULL', 'NORMAL']) {
    const store = openStore(path.join(work, `ingestion-${mode}.sqlite`))
    store.pragma(`synchronous = ${mode}`)
    const runs = new RunStore(store, new Reserve(work))
    const run = runs.begin({ experimentId: 0, name: 'r', startTime: begin, user: '' })
    const from = performance.now()
    for (const points of batches) runs.logMetrics(run, points)
    const perSecond = Math.round(1e9 / (performance.now() - from))
    rates[mode === 'FULL' ? 'syncedPointsPerSecond' : 'killSafePointsPerSecond'] = perSecond
    runs.close()
    store.close()
  }
  return rates
}

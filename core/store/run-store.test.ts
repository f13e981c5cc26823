import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { Reserve } from './reserve.ts'
import { RunStore } from './run-store.ts'
import { openStore } from './sqlite.ts'

function newRun() {
  const runs = new RunStore(openStore(':memory:'), new Reserve(tmpdir()))
  const runId = runs.create({
    experiment: 'Default',
    name: 'run',
    datasetVersionId: 'v',
    datasetLabel: 'd v1',
  })
  runs.start(runId)
  return { runs, runId }
}

const point = (key: string, step: number, value: number) => ({ key, step, value, timestamp: 1_000 + step })

describe('metrics of a run', () => {
  it('keeps NaN and the infinities as themselves', () => {
    const { runs, runId } = newRun()
    runs.logMetrics(runId, [
      point('loss', 1, Number.NaN),
      point('loss', 2, Number.POSITIVE_INFINITY),
      point('loss', 3, Number.NEGATIVE_INFINITY),
      point('loss', 4, 0.5),
    ])
    expect(runs.series([runId], ['loss'], 100)[0]?.values).toEqual([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      0.5,
    ])
    expect(runs.get(runId).metrics['loss']).toEqual({
      value: 0.5,
      step: 4,
      timestamp: 1_004,
      min: Number.NEGATIVE_INFINITY,
      max: Number.POSITIVE_INFINITY,
      count: 4,
    })
  })

  it('shows NaN as the last value, and as extreme only when there is nothing else', () => {
    const { runs, runId } = newRun()
    runs.logMetrics(runId, [point('a', 1, 2), point('a', 2, Number.NaN), point('b', 1, Number.NaN)])
    expect(runs.get(runId).metrics['a']).toEqual({
      value: Number.NaN,
      step: 2,
      timestamp: 1_002,
      min: 2,
      max: 2,
      count: 2,
    })
    expect(runs.get(runId).metrics['b']).toEqual({
      value: Number.NaN,
      step: 1,
      timestamp: 1_001,
      min: Number.NaN,
      max: Number.NaN,
      count: 1,
    })
  })

  it('draws points in step order whatever the order of arrival, and keeps equal steps', () => {
    const { runs, runId } = newRun()
    runs.logMetrics(runId, [point('loss', 3, 3), point('loss', 1, 1)])
    runs.logMetrics(runId, [point('loss', 3, 4), point('loss', 2, 2)])
    const [series] = runs.series([runId], ['loss'], 100)
    expect(series?.steps).toEqual([1, 2, 3, 3])
    expect(series?.values).toEqual([1, 2, 3, 4])
    expect(runs.get(runId).metrics['loss']?.value).toBe(4)
  })

  it('adds a point that comes twice once, within a batch and in a later one', () => {
    const { runs, runId } = newRun()
    const many = [3, 3, 4, 4, 4].map((step, at) => point('loss', step, at))
    const twice = [...many, point('loss', 4, 2), point('loss', 4, Number.NaN), point('loss', 4, Number.NaN)]
    runs.logMetrics(runId, twice)
    runs.logMetrics(runId, [...twice, point('loss', 4, 9), point('loss', 3, 9)])
    const series = runs.series([runId], ['loss'], 100)[0]
    expect(series?.steps).toEqual([3, 3, 3, 4, 4, 4, 4, 4])
    expect(series?.values).toEqual([0, 1, 9, 2, 3, 4, Number.NaN, 9])
    expect(runs.get(runId).metrics['loss']?.count).toBe(8)
  })

  it('thins a long series without losing its extremes', () => {
    const { runs, runId } = newRun()
    const points = Array.from({ length: 20_000 }, (_, step) =>
      point('loss', step, step === 12_345 ? 1e6 : step === 777 ? -1e6 : Math.sin(step)),
    )
    runs.logMetrics(runId, points)
    const [series] = runs.series([runId], ['loss'], 400)
    expect(series?.total).toBe(20_000)
    expect(series?.values.length).toBeLessThanOrEqual(500)
    expect(series?.values).toContain(1e6)
    expect(series?.values).toContain(-1e6)
    expect(series?.steps.at(-1)).toBe(19_999)
  })

  it('tells the epoch in which a step lies', () => {
    const { runs, runId } = newRun()
    runs.logMetrics(runId, [
      point('epoch', 10, 1),
      point('epoch', 20, 2),
      point('loss', 5, 1),
      point('loss', 20, 1),
      point('loss', 25, 1),
    ])
    expect(runs.series([runId], ['loss'], 100)[0]?.epochs).toEqual([0.5, 2, null])
  })

  it('begins anew when a run starts again', () => {
    const { runs, runId } = newRun()
    runs.setParams(runId, { epochs: '3' })
    runs.logMetrics(runId, [point('loss', 1, 1)])
    runs.start(runId)
    expect(runs.get(runId)).toMatchObject({ params: {}, metrics: {}, status: 'RUNNING' })
  })
})

describe('naming a run', () => {
  it('finds it by the beginning of its id, and says when there are several or none', () => {
    const { runs, runId } = newRun()
    expect(runs.resolve(runId.slice(0, 8))).toBe(runId)
    expect(() => runs.resolve('zzz')).toThrow(/no run/)
    runs.create({ experiment: 'Default', name: 'other', datasetVersionId: 'v', datasetLabel: 'd' })
    expect(() => runs.resolve('')).toThrow(/Several/)
  })
})

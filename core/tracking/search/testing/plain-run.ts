import type { MetricPoint } from '../../../contract/index.ts'
import type { Field, Value } from '../ast.ts'
import type { Searchable } from '../evaluate.ts'

/** A run as plain values, to search without a database. */
export interface PlainRun {
  id: string
  name: string
  status: string
  experiment: string
  user: string
  startTime: number | null
  endTime: number | null
  params: Record<string, string>
  tags: Record<string, string>
  points: MetricPoint[]
  datasets: { name: string; digest: string; context: string }[]
}

export const searchable = (run: PlainRun): Searchable => ({
  valuesOf: (field) => valuesOf(field, run),
  ids: () => [run.id],
  texts: () => [
    run.name,
    run.status,
    run.experiment,
    ...run.datasets.slice(0, 1).map(({ name }) => name),
    ...Object.entries(run.params).flat(),
    ...Object.entries(run.tags).flat(),
  ],
})

function valuesOf(field: Field, run: PlainRun): Value[] {
  switch (field.kind) {
    case 'param':
    case 'tag': {
      const pairs = field.kind === 'param' ? run.params : run.tags
      const value = Object.hasOwn(pairs, field.key) ? pairs[field.key] : undefined
      return value === undefined ? [] : [value]
    }
    case 'dataset':
      return run.datasets.map((dataset) => dataset[field.name])
    case 'metric':
      return metricValues(field, run)
    case 'attribute': {
      const values: Record<string, Value | null> = {
        run_id: run.id,
        name: run.name,
        status: run.status,
        experiment: run.experiment,
        user: run.user === '' ? null : run.user,
        start_time: run.startTime,
        end_time: run.endTime,
        duration: run.startTime === null || run.endTime === null ? null : run.endTime - run.startTime,
        dataset: run.datasets[0]?.name ?? null,
      }
      const value = values[field.name] ?? null
      return value === null ? [] : [value]
    }
  }
}

function metricValues({ key, reduction }: Extract<Field, { kind: 'metric' }>, run: PlainRun): number[] {
  const points = run.points.filter((point) => point.key === key)
  if (points.length === 0) return []
  const numbers = points.map(({ value }) => value).filter((value) => !Number.isNaN(value))
  switch (reduction.kind) {
    case 'count':
      return [points.length]
    case 'min':
      return [numbers.length === 0 ? Number.NaN : Math.min(...numbers)]
    case 'max':
      return [numbers.length === 0 ? Number.NaN : Math.max(...numbers)]
    case 'at': {
      const upTo = points.filter(({ step }) => step <= reduction.step)
      const top = Math.max(...upTo.map(({ step }) => step))
      const value = upTo.filter(({ step }) => step === top).at(-1)?.value
      return value === undefined ? [] : [value]
    }
    case 'last': {
      const zeroed = (value: number) => (Number.isNaN(value) ? 0 : value)
      const newest = points.reduce((last, point) =>
        point.step > last.step ||
        (point.step === last.step &&
          (point.timestamp > last.timestamp ||
            (point.timestamp === last.timestamp && zeroed(point.value) > zeroed(last.value))))
          ? point
          : last,
      )
      return [newest.value]
    }
  }
}

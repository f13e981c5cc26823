import { isSystemMetric, type Run } from '../../contract/index.ts'

export const shownMetrics = (run: Run) =>
  Object.fromEntries(
    Object.entries(run.metrics)
      .filter(([key]) => !isSystemMetric(key))
      .map(([key, { value }]) => [key, value]),
  )
export const metricText = (value: number | undefined) =>
  value === undefined ? '' : Number.isFinite(value) ? value.toPrecision(4) : String(value)

import {
  isLowerBetter,
  isSystemMetric,
  type LatestMetric,
  type Run,
} from '../../../../core/contract/index.ts'

/** A metric's name taken apart: `validation_loss` is the loss on the validation subset. */
export interface MetricName {
  subset: 'train' | 'validation' | 'test' | null
  quantity: string
}

const subsetOf: Record<string, MetricName['subset']> = {
  train: 'train',
  training: 'train',
  validation: 'validation',
  valid: 'validation',
  val: 'validation',
  test: 'test',
}

export function splitMetric(key: string): MetricName {
  const [, prefix = '', quantity = key] = /^([a-z]+)[_/](.+)$/.exec(key) ?? []
  const subset = subsetOf[prefix] ?? null
  return subset === null ? { subset, quantity: key } : { subset, quantity }
}

/** The best value a metric had: its smallest or its largest, as its name says. NaN when it was never a number. */
export const bestOf = (key: string, metric: LatestMetric): number =>
  isLowerBetter(key) ? metric.min : metric.max

const quantityOrder = ['loss', 'accuracy']
const subsetOrder = ['train', 'validation', 'test']

function orderOf(key: string): [number, string, number] {
  const { subset, quantity } = splitMetric(key)
  const known = quantityOrder.indexOf(quantity)
  return [known < 0 ? quantityOrder.length : known, quantity, subset ? subsetOrder.indexOf(subset) : 3]
}

/** Losses first, then accuracies, then the rest by name; train before validation before test. */
export function compareMetricKeys(a: string, b: string): number {
  const [rankA, quantityA, subsetA] = orderOf(a)
  const [rankB, quantityB, subsetB] = orderOf(b)
  return rankA - rankB || quantityA.localeCompare(quantityB) || subsetA - subsetB || a.localeCompare(b)
}

const allKeysOf = (runs: readonly Run[]): string[] =>
  [...new Set(runs.flatMap((run) => Object.keys(run.metrics)))].sort(compareMetricKeys)

/** What the runs themselves have measured; how busy the machine was is told apart. */
export const metricKeysOf = (runs: readonly Run[]): string[] =>
  allKeysOf(runs).filter((key) => !isSystemMetric(key))

export const systemKeysOf = (runs: readonly Run[]): string[] => allKeysOf(runs).filter(isSystemMetric)

/** The metric that says which epoch a step lies in; an axis, not a curve. */
export const epochKey = 'epoch'

/** Metrics that have a curve: logged more than once by some run. While a run is young, also those logged once. */
export function curveKeysOf(runs: readonly Run[]): string[] {
  return metricKeysOf(runs).filter(
    (key) =>
      key !== epochKey &&
      runs.some((run) => {
        const metric = run.metrics[key]
        return metric !== undefined && (metric.count > 1 || run.status === 'RUNNING')
      }),
  )
}

/** Keys that belong in one chart of a single run: train and validation of one quantity. */
export function groupByQuantity(keys: readonly string[]): { quantity: string; keys: string[] }[] {
  const groups = new Map<string, string[]>()
  for (const key of keys) {
    const { quantity } = splitMetric(key)
    groups.set(quantity, [...(groups.get(quantity) ?? []), key])
  }
  return [...groups].map(([quantity, grouped]) => ({ quantity, keys: grouped }))
}

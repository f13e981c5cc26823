import { invalid } from './mlflow-error.ts'

/** The limits of MLflow's server that its clients count on. Values may be longer here. */
export const maxKeyLength = 250
const maxMetricsPerBatch = 1_000
const maxPairsPerBatch = 100
const maxEntitiesPerBatch = 1_000
export const maxBatchBytes = 1_000_000

export function checkKey(kind: 'Metric name' | 'Param key' | 'Tag key' | 'key', key: string): void {
  if (key === '')
    throw invalid(`Invalid value "" for parameter 'key' supplied: A key name must be provided. (${kind})`)
  if (key.length > maxKeyLength)
    throw invalid(`'${kind}' exceeds the maximum length of ${maxKeyLength} characters`)
}

export function checkBatch(counts: { metrics: number; params: number; tags: number }): void {
  const check = (name: string, limit: number, count: number) => {
    if (count > limit)
      throw invalid(
        `A batch logging request can contain at most ${limit} ${name}. Got ${count} ${name}. ` +
          `Please split up ${name} across multiple requests and try again.`,
      )
  }
  check('metrics', maxMetricsPerBatch, counts.metrics)
  check('params', maxPairsPerBatch, counts.params)
  check('tags', maxPairsPerBatch, counts.tags)
  check('metrics, params, and tags', maxEntitiesPerBatch, counts.metrics + counts.params + counts.tags)
}

export function checkMaxResults(value: number | undefined, usual: number, most: number): number {
  if (value === undefined || value === 0) return usual
  if (value < 0)
    throw invalid(`Invalid value ${value} for parameter 'max_results' supplied. It must be a positive number`)
  if (value > most)
    throw invalid(`Invalid value ${value} for parameter 'max_results' supplied. It must be at most ${most}`)
  return value
}

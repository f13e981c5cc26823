type Interval = [number, number] | null

export interface RegressionSubset {
  subset: string
  samples: number
  mae: number
  rmse: number
  r2: number | null
  /** 95 % by bootstrap. */
  intervals: { mae: Interval; rmse: Interval; r2: Interval }
  worst: { path: string; actual: number; predicted: number }[]
  /** Target and prediction of rows spread over all. */
  points: [number, number][]
}

export interface RunRegression {
  target: string
  subsets: RegressionSubset[]
}

export const regressionPath = 'regression.json'

/** Reads a run's `regression.json`. @throws Error when it is not such a file */
export function parseRegression(text: string): RunRegression {
  const body: unknown = JSON.parse(text)
  if (typeof body !== 'object' || body === null || !('target' in body))
    throw new Error(`${regressionPath} names no target; it was not written by a training.`)
  const subsets = Object.entries(body).flatMap(([subset, report]): RegressionSubset[] => {
    const found = report as Partial<RegressionSubset> | null
    return Array.isArray(found?.points) ? [{ ...(found as RegressionSubset), subset }] : []
  })
  return { target: String(body.target), subsets }
}

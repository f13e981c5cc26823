import { bootstrapInterval, type Interval } from './bootstrap.ts'

export interface RegressionFigures {
  /** Mean absolute error, in the target's unit. */
  mae: number
  /** Root of the mean squared error, in the target's unit. */
  rmse: number
  /** Part of the target's variance that is explained; below 0: worse than the mean. Null where all targets are equal. */
  r2: number | null
}

export interface RegressionReport extends RegressionFigures {
  samples: number
  /** 95 % by bootstrap. */
  intervals: { mae: Interval | null; rmse: Interval | null; r2: Interval | null }
  /** Rows with their target and what was predicted, the largest errors first. */
  worst: { index: number; actual: number; predicted: number }[]
  /** `[actual, predicted]` of rows spread over all: what the residual plot draws. */
  points: [number, number][]
}

const mostDrawn = 20_000_000
const shownWorst = 100
const shownPoints = 2_000

export function regressionFigures(
  actual: ArrayLike<number>,
  predicted: ArrayLike<number>,
): RegressionFigures {
  return figuresOf(actual.length, (at) => at, actual, predicted)
}

function figuresOf(
  count: number,
  rowAt: (at: number) => number,
  actual: ArrayLike<number>,
  predicted: ArrayLike<number>,
): RegressionFigures {
  let [absolute, squared, sum] = [0, 0, 0]
  for (let at = 0; at < count; at++) {
    const row = rowAt(at)
    const error = (predicted[row] as number) - (actual[row] as number)
    absolute += Math.abs(error)
    squared += error * error
    sum += actual[row] as number
  }
  const mean = sum / count
  let total = 0
  for (let at = 0; at < count; at++) total += ((actual[rowAt(at)] as number) - mean) ** 2
  return {
    mae: absolute / count,
    rmse: Math.sqrt(squared / count),
    r2: total === 0 ? null : 1 - squared / total,
  }
}

/** Everything that the app shows of predicted numbers. */
export function regressionReport(actual: ArrayLike<number>, predicted: ArrayLike<number>): RegressionReport {
  const count = actual.length
  const draws = Math.max(100, Math.min(1_000, Math.floor(mostDrawn / Math.max(1, count))))
  const interval = (measure: (figures: RegressionFigures) => number | null) =>
    bootstrapInterval(
      count,
      (drawn) => measure(figuresOf(drawn.length, (at) => drawn[at] as number, actual, predicted)),
      { draws, seed: 1 },
    )
  const all = Array.from({ length: count }, (_, index) => ({
    index,
    actual: actual[index] as number,
    predicted: predicted[index] as number,
  }))
  const step = Math.max(1, Math.ceil(count / shownPoints))
  const away = (row: { actual: number; predicted: number }) => Math.abs(row.predicted - row.actual)
  return {
    samples: count,
    ...regressionFigures(actual, predicted),
    intervals: {
      mae: interval(({ mae }) => mae),
      rmse: interval(({ rmse }) => rmse),
      r2: interval(({ r2 }) => r2),
    },
    worst: all.toSorted((a, b) => away(b) - away(a)).slice(0, shownWorst),
    points: all.filter(({ index }) => index % step === 0).map((row) => [row.actual, row.predicted]),
  }
}

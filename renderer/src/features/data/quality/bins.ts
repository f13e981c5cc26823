import type { Distribution } from '../../../../../core/contract/index.ts'

/** One bar: values from `from` to `to`, both included. */
export interface Bin {
  from: number
  to: number
  count: number
}

/** Beyond this factor between the ends, bars grow by a factor: a single large picture should not flatten the rest. */
const spreadForSteps = 8

/**
 * Bars for a histogram, at most `most`.
 * @param whole whether values are whole numbers (px, characters, grey values)
 */
export function binsOf(values: Distribution, { whole, most = 32 }: { whole: boolean; most?: number }): Bin[] {
  const least = values[0]?.[0]
  const largest = values.at(-1)?.[0]
  if (least === undefined || largest === undefined) return []
  const starts: number[] = []
  if (whole && largest - least < most) for (let start = least; start <= largest; start++) starts.push(start)
  else if (least > 0 && largest / least > spreadForSteps) {
    const factor = (largest / least) ** (1 / most)
    for (let n = 0; n < most; n++) {
      const start = least * factor ** n
      starts.push(whole ? Math.round(start) : start)
    }
  } else if (largest === least) starts.push(least)
  else {
    const step = whole ? Math.ceil((largest - least + 1) / most) : (largest - least) / most
    for (let n = 0; n < most && least + n * step <= largest; n++) starts.push(least + n * step)
  }
  const bins = [...new Set(starts)].map((from, index, all): Bin => {
    const next = all[index + 1]
    if (next === undefined) return { from, to: largest, count: 0 }
    return { from, to: whole ? next - 1 : next - (next - from) * 1e-6, count: 0 }
  })
  let at = 0
  for (const [value, count] of values) {
    while (at + 1 < bins.length && value >= (bins[at + 1]?.from ?? 0)) at += 1
    const bin = bins[at]
    if (bin) bin.count += count
  }
  return bins
}

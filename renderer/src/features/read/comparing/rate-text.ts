import type { ErrorRate } from '../../../../../core/contract/index.ts'

/** "1.24 %" */
export const rateText = (rate: number): string => `${(rate * 100).toFixed(2)} %`

/** "0.80 to 1.75 %" */
export const intervalText = ({ interval }: ErrorRate): string | null =>
  interval === null ? null : `${(interval[0] * 100).toFixed(2)} to ${(interval[1] * 100).toFixed(2)} %`

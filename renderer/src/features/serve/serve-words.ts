import { formatNumber } from '../../components/format.ts'

export const shownMs = (ms: number | null): string => (ms === null ? '–' : `${formatNumber(ms)} ms`)

/** The usual limits of the population stability index. */
export function driftWord(psi: number): string {
  if (psi < 0.1) return 'as in training'
  return psi < 0.25 ? 'a little changed' : 'much changed'
}

export const statisticTitles: Record<string, string> = {
  width: 'Width',
  height: 'Height',
  brightness: 'Brightness',
  contrast: 'Contrast',
  confidence: 'Confidence',
}

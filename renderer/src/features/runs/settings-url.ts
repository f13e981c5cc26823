import type { Smoothing } from '../../components/charts/smoothing.ts'
import type { ChartSettings } from './chart-settings.tsx'
import { isXAxis } from './live-series.ts'
import { type BandKind, bandKinds, isGroupField } from './run-groups.ts'

const usualWeight = 0.6

function smoothingOf(text: string | null): Smoothing {
  const points = Number(/^w(\d+)$/.exec(text ?? '')?.[1] ?? Number.NaN)
  if (points >= 1) return { kind: 'window', points }
  const weight = Number(text ?? usualWeight)
  return { kind: 'average', weight: weight >= 0 && weight < 1 ? weight : usualWeight }
}

const isBand = (text: string | null): text is BandKind =>
  (bandKinds as readonly (string | null)[]).includes(text)

/** How curves are drawn, as a view's address says it. */
export function settingsOf(get: (name: string) => string | null): ChartSettings {
  const [by, group, band] = [get('x'), get('group'), get('band')]
  return {
    by: isXAxis(by) ? by : 'step',
    logarithmic: get('log') === '1',
    logarithmicX: get('logx') === '1' && by !== 'clock',
    fromZero: get('zero') === '1',
    ignoreOutliers: get('clip') === '1',
    smoothing: smoothingOf(get('smooth')),
    group: isGroupField(group) ? group : null,
    band: isBand(band) ? band : 'range',
  }
}

/** What the address says of settings; null leaves a name out. */
export function settingsInUrl(changes: Partial<ChartSettings>): Record<string, string | null> {
  const flag = (on: boolean) => (on ? '1' : null)
  const { by, logarithmic, logarithmicX, fromZero, ignoreOutliers, smoothing, group, band } = changes
  return {
    ...(by === undefined ? {} : { x: by === 'step' ? null : by, zoom: null }),
    ...(logarithmic === undefined ? {} : { log: flag(logarithmic) }),
    ...(logarithmicX === undefined ? {} : { logx: flag(logarithmicX) }),
    ...(fromZero === undefined ? {} : { zero: flag(fromZero) }),
    ...(ignoreOutliers === undefined ? {} : { clip: flag(ignoreOutliers) }),
    ...(smoothing === undefined
      ? {}
      : { smooth: smoothing.kind === 'average' ? String(smoothing.weight) : `w${smoothing.points}` }),
    ...(group === undefined ? {} : { group }),
    ...(band === undefined ? {} : { band: band === 'range' ? null : band }),
  }
}

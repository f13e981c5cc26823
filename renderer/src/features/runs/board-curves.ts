import { formatClock, formatSeconds, timeTicks } from '../../../../core/contract/axis-ticks.ts'
import type { Run } from '../../../../core/contract/index.ts'
import type { ChartSeries } from '../../components/charts/line-chart.tsx'
import { colourOfPlace } from '../../components/charts/run-colours.ts'
import type { ChartSettings } from './chart-settings.tsx'
import { type Curve, curveId, curveOf, metricOfAxis, type XAxisKind } from './live-series.ts'
import { epochKey } from './metric-keys.ts'
import { colourOfRun } from './run-colour.ts'
import { bandOf, groupsOf } from './run-groups.ts'

/** What the horizontal axis is called, and how its values are written and chosen. */
export function axisWords(by: XAxisKind): {
  xTitle: string
  formatX: ((value: number) => string) | undefined
  ticksX: ((low: number, high: number, count: number) => number[]) | undefined
} {
  const clock = by === 'clock'
  return {
    xTitle: metricOfAxis(by) ?? by,
    formatX: clock ? formatClock : by === 'time' ? formatSeconds : undefined,
    ticksX: clock ? timeTicks : undefined,
  }
}

/** The curves of each metric: one a run, or one a group with its band. */
export function boardCurves(
  runs: readonly Run[],
  curves: readonly Curve[],
  keys: readonly string[],
  { by, group, band }: Pick<ChartSettings, 'by' | 'group' | 'band'>,
): { key: string; series: ChartSeries[] }[] {
  const known = new Map(curves.map((curve) => [curveId(curve), curve]))
  const axisKey = by === 'epoch' ? epochKey : metricOfAxis(by)
  const pointsOf = (run: Run, key: string) => {
    const curve = known.get(curveId({ runId: run.id, key }))
    if (!curve) return null
    const other = axisKey === null ? undefined : known.get(curveId({ runId: run.id, key: axisKey }))
    return curveOf(curve, by, { startTime: run.startTime, other })
  }
  const groups = group === null ? [] : groupsOf(runs, group)
  const byId = new Map(runs.map((run) => [run.id, run]))
  return keys.map((key) => ({
    key,
    series:
      group === null
        ? runs.flatMap((run): ChartSeries[] => {
            const points = pointsOf(run, key)
            return points ? [{ id: run.id, name: run.name, colour: colourOfRun(run), ...points }] : []
          })
        : groups.flatMap(({ name, runIds }, place): ChartSeries[] => {
            const members = runIds.flatMap((id) => {
              const run = byId.get(id)
              const points = run && pointsOf(run, key)
              return points ? [points] : []
            })
            if (members.length === 0) return []
            return [
              {
                id: name,
                name: `${name} (${members.length})`,
                colour: colourOfPlace(place),
                ...bandOf(members, band),
              },
            ]
          }),
  }))
}

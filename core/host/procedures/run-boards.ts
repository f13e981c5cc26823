import { GlyphlabError, isSystemMetric, type Run } from '../../contract/index.ts'
import type { ReportCurve } from '../../tracking/report/report-chart.ts'
import { reportPage } from '../../tracking/report/report-page.ts'
import { statisticsOf } from '../../tracking/statistics/run-statistics.ts'
import type { HandlersOf, Services } from '../services.ts'

type BoardHandlers = HandlersOf<'dashboards'> & Pick<HandlersOf<'runs'>, 'runs.report' | 'runs.statistics'>

/** A file that holds more is slow to open. */
const pointsTogether = 120_000
const pointsAtMost = 1_000
const pointsAtLeast = 40

/** Boards that are kept, and what is made of the runs on one: a file to hand on, and tests of groups. */
export function runBoardProcedures({ runs, boards, audit }: Services): BoardHandlers {
  const byIds = (runIds: readonly string[]): Run[] =>
    runs.byIds([...new Set(runIds)].map((runId) => runs.idOf(runs.resolve(runId))))
  return {
    'dashboards.list': () => boards.list(),
    'dashboards.get': ({ dashboard }) => boards.get(dashboard),
    'dashboards.save': ({ name, query }) => boards.save(name, query),
    'dashboards.delete': ({ dashboard }) => {
      boards.delete(dashboard)
      return {}
    },
    'runs.report': ({ runIds, title, metrics, by, logarithmic, smoothing, pictures }) => {
      const found = byIds(runIds)
      const known = new Set(found.flatMap((run) => Object.keys(run.metrics)))
      const missing = metrics?.filter((key) => !known.has(key)) ?? []
      if (missing.length > 0)
        throw new GlyphlabError(
          'INVALID_INPUT',
          `None of the runs has logged ${missing.join(', ')}. They have: ${[...known].sort().join(', ') || 'no metrics'}.`,
        )
      const keys = metrics ?? [...known].filter((key) => key !== 'epoch' && !isSystemMetric(key)).sort()
      const maxPoints = Math.max(
        pointsAtLeast,
        Math.min(pointsAtMost, Math.floor(pointsTogether / Math.max(1, keys.length * found.length))),
      )
      const curvesOf = (metric: string): ReportCurve[] =>
        found.flatMap((run, place) => {
          const { steps, values, timestamps } = runs.metrics.thinned(runs.idOf(run.id), metric, maxPoints)
          const origin = run.startTime ?? timestamps[0] ?? 0
          const x = by === 'step' ? steps : timestamps.map((at) => (at - origin) / 1000)
          return values.length === 0 ? [] : [{ place, name: run.name, x, y: values }]
        })
      const html = reportPage(found, curvesOf, {
        title,
        metrics: keys,
        by,
        logarithmic,
        pictures,
        smoothing,
        madeAt: Date.now(),
      })
      audit.append('runs.reported', title, { runs: found.map(({ id }) => id), metrics: keys })
      return { html, runs: found.length, metrics: keys }
    },
    'runs.statistics': ({ runIds, ...question }) => statisticsOf(byIds(runIds), question),
  }
}

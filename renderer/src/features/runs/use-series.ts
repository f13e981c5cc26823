import { useEffect, useMemo, useRef, useState } from 'react'
import { useQuery } from '../../components/use-query.ts'
import { onEngineEvent } from '../../stores/engine-store.ts'
import { appendPoints, type Curve, type LoggedPoint, metricOfAxis, type XAxisKind } from './live-series.ts'
import { epochKey } from './metric-keys.ts'
import { curvesOf } from './packed-curves.ts'

/** Of all curves together, so that a hundred runs are drawn as soon as two. */
const pointsTogether = 250_000
const pointsAtMost = 4_000
const pointsAtLeast = 100

/**
 * The curves of runs, growing as they are logged, with those that the axis needs. Points that arrive are drawn once an
 * animation frame at most.
 */
export function useSeries(
  runIds: readonly string[],
  keys: readonly string[],
  by: XAxisKind,
  /** Whether points may still come: their times tell new ones from known ones. */
  live: boolean,
): { curves: readonly Curve[]; loading: boolean; error: Error | undefined; reload: () => void } {
  const idsText = runIds.join(' ')
  const wanted = useMemo(() => new Set(idsText.split(' ')), [idsText])
  const axisKey = by === 'epoch' ? epochKey : metricOfAxis(by)
  const keysText = JSON.stringify([...new Set([...keys, ...(axisKey === null ? [] : [axisKey])])])
  const wantedKeys = useMemo(() => new Set<string>(JSON.parse(keysText)), [keysText])
  const share = Math.floor(pointsTogether / Math.max(1, runIds.length * keys.length))
  const query = useQuery(
    'runs.packedSeries',
    {
      runIds: [...runIds],
      keys: [...wantedKeys],
      maxPoints: Math.max(pointsAtLeast, Math.min(pointsAtMost, share)),
      times: live || by === 'time' || by === 'clock',
    },
    {
      enabled: runIds.length > 0 && keys.length > 0,
      // The epochs of points already drawn are known once the epoch ends.
      refreshOn: (event) =>
        event.type === 'run.metricsLogged' &&
        axisKey === epochKey &&
        wanted.has(event.runId) &&
        event.points.some((point) => point.key === epochKey),
    },
  )

  const logged = useRef<LoggedPoint[]>([])
  const [frame, setFrame] = useState(0)
  useEffect(() => {
    logged.current = []
    let request: number | undefined
    const stop = onEngineEvent((event) => {
      if (event.type !== 'run.metricsLogged' || !wanted.has(event.runId)) return
      for (const point of event.points)
        if (wantedKeys.has(point.key)) logged.current.push({ ...point, runId: event.runId })
      request ??= requestAnimationFrame(() => {
        request = undefined
        setFrame((count) => count + 1)
      })
    })
    return () => {
      stop()
      if (request !== undefined) cancelAnimationFrame(request)
    }
  }, [wanted, wantedKeys])

  const fetched = useMemo(() => (query.data ? curvesOf(query.data) : []), [query.data])
  const curves = useMemo(() => {
    if (frame < 0) return []
    const appended = appendPoints(fetched, logged.current)
    logged.current = appended.beyond
    return appended.curves
  }, [fetched, frame])
  return { curves, loading: query.loading && !query.data, error: query.error, reload: query.reload }
}

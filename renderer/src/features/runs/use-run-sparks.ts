import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { call } from '../../client/rpc.ts'
import { onEngineEvent } from '../../stores/engine-store.ts'
import { curvesOf } from './packed-curves.ts'
import { type Spark, sparkOf } from './spark-path.ts'

interface KnownSparks {
  /** The metrics that they were read for, as one text. */
  keys: string
  byKey: ReadonlyMap<string, Spark | null>
  stale: boolean
}

export interface RunSparks {
  /** The small curve of a run's metric; null where it logged none, undefined while it has not been fetched. */
  of: (runId: string, key: string) => Spark | null | undefined
  /** Says which runs are on view: what is not known of them is fetched, in one question. */
  show: (runIds: readonly string[]) => void
}

/** More can't be told apart in a cell. */
const pointsOfSpark = 64
const rememberAtMost = 20_000
/** Rows that scroll by faster are not asked for. */
const restMs = 60
/** A curve that grows is drawn again this often at most. */
const gatherMs = 1_000

/** Small curves of metrics for the runs in sight, kept fresh while they are logged. Without metrics it does nothing. */
export function useRunSparks(metricKeys: readonly string[]): RunSparks {
  const keys = JSON.stringify(metricKeys)
  const [revision, setRevision] = useState(0)
  const known = useRef(new Map<string, KnownSparks>())
  const wanted = useRef<readonly string[]>([])
  /** As last shown: a question under way may be of metrics before. */
  const asking = useRef(keys)
  const flying = useRef(false)
  const resting = useRef<ReturnType<typeof setTimeout>>(undefined)

  const fill = useCallback(async () => {
    const askedText = asking.current
    const asked = JSON.parse(askedText) as string[]
    if (flying.current || asked.length === 0) return
    const missing = wanted.current.filter((id) => {
      const sparks = known.current.get(id)
      return !sparks || sparks.stale || sparks.keys !== askedText
    })
    if (missing.length === 0) return
    flying.current = true
    let again = false
    try {
      const packed = await call('runs.packedSeries', {
        runIds: missing,
        keys: asked,
        maxPoints: pointsOfSpark,
        times: false,
      })
      if (known.current.size > rememberAtMost) known.current.clear()
      const found = new Map<string, Map<string, Spark | null>>(missing.map((id) => [id, new Map()]))
      for (const curve of curvesOf(packed)) found.get(curve.runId)?.set(curve.key, sparkOf(curve))
      for (const [id, byKey] of found) known.current.set(id, { keys: askedText, byKey, stale: false })
      setRevision((count) => count + 1)
      again = true
    } catch {
      // A run that went meanwhile, or the engine: the rows say so, and the next rows in sight ask again.
    }
    flying.current = false
    if (again) void fill()
  }, [])

  const show = useCallback(
    (runIds: readonly string[]) => {
      wanted.current = runIds
      asking.current = keys
      clearTimeout(resting.current)
      resting.current = setTimeout(() => void fill(), restMs)
    },
    [keys, fill],
  )

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = onEngineEvent((event) => {
      if (event.type === 'engine.ready') for (const sparks of known.current.values()) sparks.stale = true
      else if (event.type === 'run.changed' || event.type === 'run.metricsLogged') {
        const sparks = known.current.get(event.runId)
        if (!sparks) return
        sparks.stale = true
      } else return
      timer ??= setTimeout(() => {
        timer = undefined
        void fill()
      }, gatherMs)
    })
    return () => {
      stop()
      clearTimeout(timer)
      clearTimeout(resting.current)
    }
  }, [fill])

  return useMemo(() => {
    const of = (runId: string, key: string) => {
      const sparks = revision < 0 ? undefined : known.current.get(runId)
      return sparks?.keys === keys ? (sparks.byKey.get(key) ?? null) : undefined
    }
    return { of, show }
  }, [revision, keys, show])
}

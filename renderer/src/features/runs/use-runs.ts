import { useCallback, useEffect, useRef, useState } from 'react'
import { GlyphlabError, type Run } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { onEngineEvent } from '../../stores/engine-store.ts'

const slice = 5_000
const gatherMs = 400

async function listAll(lifecycle: Run['lifecycle'], signal: AbortSignal): Promise<Run[]> {
  const runs: Run[] = []
  for (;;) {
    const { total, items } = await call(
      'runs.list',
      { lifecycle, offset: runs.length, limit: slice },
      { signal },
    )
    runs.push(...items)
    if (items.length === 0 || runs.length >= total) return runs
  }
}

/**
 * All runs of a lifecycle, newest first, kept fresh: whole again after a reconnection, run by run when one changes.
 * `runs` is undefined until the first answer.
 */
export function useRuns(lifecycle: Run['lifecycle']): {
  runs: Run[] | undefined
  error: Error | undefined
  reload: () => void
} {
  const [answer, setAnswer] = useState<{ lifecycle: string; runs: Run[] } | null>(null)
  const [error, setError] = useState<Error>()
  const [round, setRound] = useState(0)
  const reload = useCallback(() => setRound((n) => n + 1), [])
  const known = useRef(new Set<string>())

  useEffect(() => {
    if (round < 0) return
    const stopped = new AbortController()
    listAll(lifecycle, stopped.signal).then(
      (runs) => {
        known.current = new Set(runs.map((run) => run.id))
        setAnswer({ lifecycle, runs })
        setError(undefined)
      },
      (cause: unknown) => {
        if (stopped.signal.aborted) return
        if (cause instanceof GlyphlabError && cause.code === 'UNAVAILABLE') return
        setError(cause instanceof Error ? cause : new Error(String(cause)))
      },
    )
    return () => stopped.abort()
  }, [lifecycle, round])

  useEffect(() => {
    const changed = new Set<string>()
    let timer: ReturnType<typeof setTimeout> | undefined
    const refresh = async () => {
      timer = undefined
      const ids = [...changed]
      changed.clear()
      if (ids.length > 50 || ids.some((id) => !known.current.has(id))) return reload()
      const answers = await Promise.allSettled(ids.map((runId) => call('runs.get', { runId })))
      const fresh = new Map(
        answers.flatMap((one): [string, Run][] =>
          one.status === 'fulfilled' ? [[one.value.id, one.value]] : [],
        ),
      )
      setAnswer(
        (before) =>
          before && {
            ...before,
            runs: before.runs
              .map((run) => fresh.get(run.id) ?? run)
              .filter((run) => run.lifecycle === before.lifecycle),
          },
      )
    }
    const stop = onEngineEvent((event) => {
      if (event.type === 'engine.ready') reload()
      if (event.type !== 'run.changed' && event.type !== 'run.metricsLogged') return
      changed.add(event.runId)
      timer ??= setTimeout(() => void refresh(), gatherMs)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [reload])

  return { runs: answer?.lifecycle === lifecycle ? answer.runs : undefined, error, reload }
}

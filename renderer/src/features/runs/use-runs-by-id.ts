import { useCallback, useEffect, useState } from 'react'
import { GlyphlabError, type Run } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { onEngineEvent } from '../../stores/engine-store.ts'

interface Answer {
  key: string
  runs: Run[] | undefined
  missing: string[]
  error: Error | undefined
}

const gatherMs = 500

/** Some runs in the order of `ids`, kept fresh. A run that is not there is named, the others are shown. */
export function useRunsById(ids: readonly string[]): Omit<Answer, 'key'> & { reload: () => void } {
  const key = ids.join(',')
  const [answer, setAnswer] = useState<Answer>({ key: '', runs: undefined, missing: [], error: undefined })
  const [round, setRound] = useState(0)
  const reload = useCallback(() => setRound((n) => n + 1), [])

  useEffect(() => {
    if (key === '' || round < 0) return
    const stopped = new AbortController()
    call('runs.many', { runIds: key.split(',') }, { signal: stopped.signal }).then(
      ({ runs, missing }) => setAnswer({ key, runs, missing, error: undefined }),
      (cause: unknown) => {
        if (stopped.signal.aborted) return
        if (cause instanceof GlyphlabError && cause.code === 'UNAVAILABLE') return
        const error = cause instanceof Error ? cause : new Error(String(cause))
        setAnswer((before) => ({
          ...before,
          ...(before.key === key ? {} : { runs: undefined, missing: [] }),
          key,
          error,
        }))
      },
    )
    return () => stopped.abort()
  }, [key, round])

  useEffect(() => {
    const wanted = new Set(key.split(','))
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = onEngineEvent((event) => {
      const concerns =
        event.type === 'engine.ready' ||
        ((event.type === 'run.changed' || event.type === 'run.metricsLogged') && wanted.has(event.runId))
      if (!concerns) return
      timer ??= setTimeout(() => {
        timer = undefined
        reload()
      }, gatherMs)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [key, reload])

  const { runs, missing, error } =
    answer.key === key ? answer : { runs: undefined, missing: [], error: undefined }
  return { runs, missing, error, reload }
}

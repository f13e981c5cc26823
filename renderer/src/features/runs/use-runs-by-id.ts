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
    const wanted = key.split(',')
    const stopped = new AbortController()
    void Promise.allSettled(
      wanted.map((runId) => call('runs.get', { runId }, { signal: stopped.signal })),
    ).then((results) => {
      if (stopped.signal.aborted) return
      const missing: string[] = []
      let error: Error | undefined
      for (const [index, result] of results.entries()) {
        if (result.status === 'fulfilled') continue
        const cause: unknown = result.reason
        if (cause instanceof GlyphlabError && cause.code === 'NOT_FOUND') missing.push(wanted[index] ?? '')
        else if (!(cause instanceof GlyphlabError && cause.code === 'UNAVAILABLE'))
          error = cause instanceof Error ? cause : new Error(String(cause))
      }
      const runs = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
      if (runs.length + missing.length === 0 && !error) return
      setAnswer({ key, runs, missing, error })
    })
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

import { useCallback, useEffect, useState } from 'react'
import { encodeJson, GlyphlabError, type ProcedureInput } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { onEngineEvent } from '../../stores/engine-store.ts'
import type { FoundIds } from './run-tree.ts'

interface Answer {
  /** The search that it answers. */
  key: string
  found: FoundIds | undefined
  error: Error | undefined
}

const gatherMs = 400

/**
 * The ids of all runs that a search finds, in order, kept fresh. The last good answer stays while another search is
 * under way or can't be understood; `settled` says whether it is the answer to this one.
 */
export function useFoundRuns(search: ProcedureInput<'runs.ids'>): {
  found: FoundIds | undefined
  error: Error | undefined
  settled: boolean
  reload: () => void
} {
  const key = encodeJson(search)
  const [answer, setAnswer] = useState<Answer>({ key: '', found: undefined, error: undefined })
  const [round, setRound] = useState(0)
  const reload = useCallback(() => setRound((count) => count + 1), [])

  useEffect(() => {
    if (round < 0) return
    const stopped = new AbortController()
    call('runs.ids', JSON.parse(key) as ProcedureInput<'runs.ids'>, { signal: stopped.signal }).then(
      (found) => setAnswer({ key, found, error: undefined }),
      (cause: unknown) => {
        if (stopped.signal.aborted) return
        if (cause instanceof GlyphlabError && cause.code === 'UNAVAILABLE') return
        const error = cause instanceof Error ? cause : new Error(String(cause))
        setAnswer((before) => ({ key, found: before.found, error }))
      },
    )
    return () => stopped.abort()
  }, [key, round])

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = onEngineEvent((event) => {
      if (event.type !== 'engine.ready' && event.type !== 'run.changed') return
      timer ??= setTimeout(() => {
        timer = undefined
        reload()
      }, gatherMs)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [reload])

  const settled = answer.key === key
  return { found: answer.found, error: settled ? answer.error : undefined, settled, reload }
}

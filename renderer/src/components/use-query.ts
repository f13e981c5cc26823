import { useCallback, useEffect, useRef, useState } from 'react'
import {
  type EngineEvent,
  encodeJson,
  GlyphlabError,
  type ProcedureInput,
  type ProcedureName,
  type ProcedureOutput,
} from '../../../core/contract/index.ts'
import { call } from '../client/rpc.ts'
import { onEngineEvent, useEngine } from '../stores/engine-store.ts'

export interface Query<T> {
  /** The last answer to this question; kept while it is asked again and while the engine is away. */
  data: T | undefined
  error: Error | undefined
  /** True while an answer is awaited, also when there is older data. */
  loading: boolean
  reload: () => void
  /** Replaces the data, e.g. by the answer of a command that returns the new state. */
  set: (data: T) => void
}

interface Answer {
  key: string
  data: unknown
  error: Error | undefined
  loading: boolean
}

/** Last answers by question, so that going back shows the view as it was, at once. */
const remembered = new Map<string, unknown>()
const rememberAtMost = 200

function remember(key: string, data: unknown): void {
  remembered.delete(key)
  remembered.set(key, data)
  if (remembered.size <= rememberAtMost) return
  const oldest = remembered.keys().next().value
  if (oldest !== undefined) remembered.delete(oldest)
}

const isAway = (error: unknown): boolean => error instanceof GlyphlabError && error.code === 'UNAVAILABLE'
const betweenReloadsMs = 250

/**
 * Asks the engine a question and keeps the answer fresh: again on `engine.ready`, and when `refreshOn` says yes to an
 * event (at most four times a second). An engine that is away is not an error: the question is asked when it is back.
 */
export function useQuery<N extends ProcedureName>(
  name: N,
  input: ProcedureInput<N>,
  options: { refreshOn?: (event: EngineEvent) => boolean; enabled?: boolean } = {},
): Query<ProcedureOutput<N>> {
  const { enabled = true } = options
  const inputText = encodeJson(input)
  const key = `${name} ${inputText}`
  const [answer, setAnswer] = useState<Answer>({ key: '', data: undefined, error: undefined, loading: true })
  const [round, setRound] = useState(0)
  const refreshOn = useRef(options.refreshOn)
  refreshOn.current = options.refreshOn
  const latestInput = useRef(input)
  latestInput.current = input

  const reload = useCallback(() => setRound((n) => n + 1), [])
  const set = useCallback(
    (data: ProcedureOutput<N>) => {
      remember(key, data)
      setAnswer({ key, data, error: undefined, loading: false })
    },
    [key],
  )

  useEffect(() => {
    if (!enabled || round < 0) return
    const stopped = new AbortController()
    setAnswer((before) => ({
      key,
      data: before.key === key ? before.data : remembered.get(key),
      error: before.key === key ? before.error : undefined,
      loading: true,
    }))
    call(name, latestInput.current, { signal: stopped.signal }).then(
      (data) => {
        if (stopped.signal.aborted) return
        remember(key, data)
        setAnswer({ key, data, error: undefined, loading: false })
      },
      (cause: unknown) => {
        if (stopped.signal.aborted) return
        if (isAway(cause) && useEngine.getState().connection !== 'connected') return
        const error = cause instanceof Error ? cause : new Error(String(cause))
        setAnswer((before) => ({
          key,
          data: before.key === key ? before.data : undefined,
          error,
          loading: false,
        }))
      },
    )
    return () => stopped.abort()
  }, [key, name, enabled, round])

  useEffect(() => {
    if (!enabled) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = onEngineEvent((event) => {
      if (event.type !== 'engine.ready' && !refreshOn.current?.(event)) return
      timer ??= setTimeout(
        () => {
          timer = undefined
          reload()
        },
        event.type === 'engine.ready' ? 0 : betweenReloadsMs,
      )
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [enabled, reload])

  const current =
    answer.key === key ? answer : { data: remembered.get(key), error: undefined, loading: enabled }
  return {
    data: current.data as ProcedureOutput<N> | undefined,
    error: current.error,
    loading: current.loading,
    reload,
    set,
  }
}

/** True once `flag` has been true for `afterMs`: a skeleton shows only when waiting can be felt. */
export function useSlow(flag: boolean, afterMs = 150): boolean {
  const [slow, setSlow] = useState(false)
  useEffect(() => {
    if (!flag) {
      setSlow(false)
      return
    }
    const timer = setTimeout(() => setSlow(true), afterMs)
    return () => clearTimeout(timer)
  }, [flag, afterMs])
  return slow
}

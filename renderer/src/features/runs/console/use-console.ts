import { useEffect, useState } from 'react'
import { GlyphlabError, type RunConsole } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { onEngineEvent } from '../../../stores/engine-store.ts'
import { type ConsoleLines, withMore } from './console-lines.ts'

interface ConsoleState extends ConsoleLines {
  /** Bytes at the beginning that are left out. */
  skipped: number
  next: number
  part: RunConsole | undefined
  error: Error | undefined
}

const nothing: ConsoleState = {
  lines: [],
  open: '',
  skipped: 0,
  next: 0,
  part: undefined,
  error: undefined,
}

/** What a run's process has printed, and what it prints from now on. */
export function useConsole(runId: string): ConsoleState {
  const [state, setState] = useState(nothing)
  useEffect(() => {
    const stopped = new AbortController()
    let own = nothing
    let isReading = false
    let isAskedAgain = false
    setState(nothing)
    const read = async () => {
      if (isReading) {
        isAskedAgain = true
        return
      }
      isReading = true
      try {
        do {
          isAskedAgain = false
          const part = await call('runs.console', { runId, from: own.next }, { signal: stopped.signal })
          // Another attempt of the same run began from its beginning.
          if (part.total < own.next) {
            own = nothing
            isAskedAgain = true
            continue
          }
          const skipped = own.next === 0 ? part.from : own.skipped
          if (part.next < part.total && part.next > own.next) isAskedAgain = true
          own = { ...withMore(own, part.text), skipped, next: part.next, part, error: undefined }
          setState(own)
        } while (isAskedAgain)
      } catch (cause) {
        if (stopped.signal.aborted) return
        if (cause instanceof GlyphlabError && cause.code === 'UNAVAILABLE') return
        setState({ ...own, error: cause instanceof Error ? cause : new Error(String(cause)) })
      } finally {
        isReading = false
      }
    }
    void read()
    const stop = onEngineEvent((event) => {
      const concerns =
        event.type === 'engine.ready' ||
        ((event.type === 'run.printed' || event.type === 'run.changed') && event.runId === runId)
      if (concerns) void read()
    })
    return () => {
      stop()
      stopped.abort()
    }
  }, [runId])
  return state
}

import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { type EngineEvent, GlyphlabError } from '../../../core/contract/index.ts'
import { onEngineEvent, useEngine } from '../stores/engine-store.ts'

interface Slice<T> {
  total: number
  items: T[]
}

export interface Chunks<T> {
  /** Length of the whole list; undefined until the first answer. */
  total: number | undefined
  /** The item at a position, undefined while it has not been fetched. */
  at: (index: number) => T | undefined
  /** Says which positions are on view (last is included); their chunks are fetched, others in flight are dropped. */
  show: (first: number, last: number) => void
  error: Error | undefined
  reload: () => void
}

const isAway = (error: unknown): boolean => error instanceof GlyphlabError && error.code === 'UNAVAILABLE'

interface Store<T> {
  key: string
  items: Map<number, T[]>
  /** Chunks that must be asked for again although their items are still shown. */
  stale: Set<number>
  flying: Map<number, AbortController>
  wanted: [first: number, last: number]
}

const emptyStore = <T>(key: string): Store<T> => ({
  key,
  items: new Map(),
  stale: new Set(),
  flying: new Map(),
  wanted: [0, 0],
})

/**
 * A long list of the engine's, fetched in chunks of `size` as it comes into view.
 * @param key names the list (filters included); a change starts afresh.
 */
export function useChunks<T>(
  key: string,
  fetchSlice: (offset: number, limit: number, signal: AbortSignal) => Promise<Slice<T>>,
  { size = 200, refreshOn }: { size?: number; refreshOn?: (event: EngineEvent) => boolean } = {},
): Chunks<T> {
  const [, setRevision] = useState(0)
  const [total, setTotal] = useState<{ key: string; value: number }>()
  const [error, setError] = useState<Error>()
  const store = useRef<Store<T>>(emptyStore(key))
  const latest = useRef({ fetchSlice, refreshOn })
  latest.current = { fetchSlice, refreshOn }

  const fill = useCallback(() => {
    const { items, stale, flying, wanted } = store.current
    const [first, last] = [Math.floor(wanted[0] / size), Math.floor(wanted[1] / size)]
    for (const [chunk, controller] of flying) {
      if (chunk >= first && chunk <= last) continue
      controller.abort()
      flying.delete(chunk)
    }
    for (let chunk = first; chunk <= last; chunk += 1) {
      if (flying.has(chunk) || (items.has(chunk) && !stale.has(chunk))) continue
      const controller = new AbortController()
      const { key: askedFor } = store.current
      flying.set(chunk, controller)
      latest.current.fetchSlice(chunk * size, size, controller.signal).then(
        (slice) => {
          if (controller.signal.aborted) return
          flying.delete(chunk)
          stale.delete(chunk)
          items.set(chunk, slice.items)
          setTotal({ key: askedFor, value: slice.total })
          setError(undefined)
          setRevision((n) => n + 1)
        },
        (cause: unknown) => {
          if (controller.signal.aborted) return
          flying.delete(chunk)
          if (isAway(cause) && useEngine.getState().connection !== 'connected') return
          setError(cause instanceof Error ? cause : new Error(String(cause)))
        },
      )
    }
  }, [size])

  const show = useCallback(
    (first: number, last: number) => {
      store.current.wanted = [Math.max(0, first), Math.max(0, last)]
      fill()
    },
    [fill],
  )

  const reload = useCallback(() => {
    const { items, stale, flying } = store.current
    for (const controller of flying.values()) controller.abort()
    flying.clear()
    for (const chunk of items.keys()) stale.add(chunk)
    setError(undefined)
    fill()
  }, [fill])

  useEffect(() => {
    if (store.current.key !== key) {
      store.current = emptyStore(key)
      setError(undefined)
    }
    fill()
    const { flying } = store.current
    return () => {
      for (const controller of flying.values()) controller.abort()
      flying.clear()
    }
  }, [key, fill])

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = onEngineEvent((event) => {
      if (event.type !== 'engine.ready' && !latest.current.refreshOn?.(event)) return
      timer ??= setTimeout(() => {
        timer = undefined
        reload()
      }, 250)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [reload])

  const at = useCallback(
    (index: number) =>
      store.current.key === key
        ? store.current.items.get(Math.floor(index / size))?.[index % size]
        : undefined,
    [key, size],
  )
  const known = total?.key === key ? total.value : undefined
  return useMemo(() => ({ total: known, at, show, error, reload }), [known, at, show, error, reload])
}

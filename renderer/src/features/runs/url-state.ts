import { useCallback } from 'react'
import { useSearchParams } from 'wouter'

/**
 * The state of a view as its address holds it. `set` replaces the address; an empty or null value leaves its name out,
 * so that an untouched view has a short address.
 */
export function useUrlState(): {
  get: (name: string) => string | null
  set: (changes: Record<string, string | null>) => void
} {
  const [params, setParams] = useSearchParams()
  const get = (name: string) => params.get(name)
  const set = useCallback(
    (changes: Record<string, string | null>) =>
      setParams(
        (before) => {
          const next = new URLSearchParams(before)
          for (const [name, value] of Object.entries(changes))
            if (value === null || value === '') next.delete(name)
            else next.set(name, value)
          return next
        },
        { replace: true },
      ),
    [setParams],
  )
  return { get, set }
}

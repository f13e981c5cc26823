import { useEffect, useState } from 'react'

/** The time in ms since 1970, ticking each second while `ticking`, and each `restMs` otherwise, where it is given. */
export function useNow(ticking: boolean, restMs?: number): number {
  const [now, setNow] = useState(Date.now)
  const everyMs = ticking ? 1_000 : restMs
  useEffect(() => {
    if (everyMs === undefined) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}

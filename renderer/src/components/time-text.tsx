import { useEffect, useState } from 'react'
import { formatMoment, formatRelative } from './format.ts'

const everyMs = 15_000

/** A moment relative to now, kept up to date; the full local time on hover. `at`: ms since 1970. */
export function TimeText({ at }: { at: number | null }) {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [])
  if (at === null) return <span className="dim">–</span>
  return (
    <time dateTime={new Date(at).toISOString()} title={formatMoment(at)}>
      {formatRelative(at, Math.max(now, at))}
    </time>
  )
}

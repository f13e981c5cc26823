import { useEffect, useState } from 'react'
import { useEngine } from '../stores/engine-store.ts'

const reconnectedShownMs = 3_000

/** Says calmly that the engine is being restarted, and for a moment that it is back. */
export function AwayLine() {
  const { connection, engineId, reconnectedAt } = useEngine()
  const [expired, setExpired] = useState<number | null>(null)
  useEffect(() => {
    if (reconnectedAt === null) return
    const timer = setTimeout(() => setExpired(reconnectedAt), reconnectedShownMs)
    return () => clearTimeout(timer)
  }, [reconnectedAt])

  const text = (() => {
    if (connection === 'refused')
      return 'The engine was started anew and no longer knows this window. Open the address that it printed.'
    if (connection === 'away' && engineId === null) return 'The engine does not answer yet. Trying again.'
    if (connection === 'away') return 'The engine stopped and is being restarted.'
    if (reconnectedAt !== null && reconnectedAt !== expired) return 'Reconnected.'
    return null
  })()
  return (
    <div role="status" aria-live="polite">
      {text && <div className="shell-away">{text}</div>}
    </div>
  )
}

import { TriangleAlert } from 'lucide-react'
import { TimeText } from '../../components/time-text.tsx'
import { useQuery } from '../../components/use-query.ts'

/** Which rules of its experiment a run has broken. */
export function AlertsNote({ runId }: { runId: string }) {
  const { data: alerts = [] } = useQuery(
    'runs.alerts',
    { runId },
    { refreshOn: (event) => event.type === 'run.alerted' && event.runId === runId },
  )
  if (alerts.length === 0) return null
  return (
    <ul className="run-alerts" aria-label="Alerts">
      {alerts.map(({ ruleId, message, at }) => (
        <li key={ruleId}>
          <TriangleAlert className="run-alert-icon" size={14} aria-hidden />
          <span>{message}</span>
          <TimeText at={at} />
        </li>
      ))}
    </ul>
  )
}

import { navigate } from 'wouter/use-browser-location'
import { notify } from '../../components/notices.tsx'
import { onEngineEvent } from '../../stores/engine-store.ts'

/** Says in the window when a run breaks a rule. Called once, by the app; returns what ends it. */
export const followAlerts = (): (() => void) =>
  onEngineEvent((event) => {
    if (event.type !== 'run.alerted') return
    const { run, message, runId } = event.alert
    notify({
      kind: 'error',
      message: `${run}: ${message}`,
      action: { label: 'Open', run: () => navigate(`/runs/${runId}`) },
    })
  })

import { formatBytes, plural } from '../components/format.ts'
import { useEngine } from '../stores/engine-store.ts'
import { setJobsTrayOpen, useUnfinishedJobs } from '../stores/jobs-store.ts'

const connectionWords = {
  connecting: 'Connecting',
  connected: 'Engine ready',
  away: 'Engine restarting',
  refused: 'Not signed in',
}

export function StatusBar() {
  const { connection, status } = useEngine()
  const unfinished = useUnfinishedJobs()
  return (
    <footer className="shell-status">
      <span title={status ? `Engine ${status.version}, process ${status.pid}` : undefined}>
        <span className="shell-status-dot" data-state={connection} />
        {connectionWords[connection]}
      </span>
      {status && (
        <>
          <span>Node {status.nodeVersion.replace(/^v/, '')}</span>
          <span>{plural(status.cpuCount, 'core')}</span>
          <span>{formatBytes(status.diskFreeBytes)} free</span>
        </>
      )}
      <span style={{ marginLeft: 'auto' }}>
        {unfinished.length > 0 && (
          <button type="button" onClick={() => setJobsTrayOpen(true)}>
            {plural(unfinished.length, 'job')} running
          </button>
        )}
      </span>
    </footer>
  )
}

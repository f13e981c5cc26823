import { useEffect } from 'react'
import { ConfirmHost } from '../components/confirm.tsx'
import { FileDrop } from '../components/file-drop.tsx'
import { JobsTray } from '../components/jobs-tray.tsx'
import { Notices } from '../components/notices.tsx'
import { followAlerts } from '../features/runs/follow-alerts.ts'
import { followEngine, useEngine } from '../stores/engine-store.ts'
import { followJobs } from '../stores/jobs-store.ts'
import { AwayLine } from './away-line.tsx'
import { Header } from './header.tsx'
import { KeysHelp } from './keys-help.tsx'
import { Nav } from './nav.tsx'
import { Routes } from './routes.tsx'
import { StatusBar } from './status-bar.tsx'

export function App() {
  useEffect(() => {
    const stopJobs = followJobs()
    const stopAlerts = followAlerts()
    const stopEngine = followEngine()
    return () => {
      stopEngine()
      stopAlerts()
      stopJobs()
    }
  }, [])
  const away = useEngine((state) => state.connection === 'away' || state.connection === 'refused')

  return (
    <div className="shell">
      <a className="shell-skip" href="#main">
        Skip to content
      </a>
      <Nav />
      <Header />
      <main className="shell-main" id="main" tabIndex={-1}>
        <AwayLine />
        <div className="shell-content" data-away={away}>
          <Routes />
        </div>
      </main>
      <StatusBar />
      <JobsTray />
      <FileDrop />
      <KeysHelp />
      <Notices />
      <ConfirmHost />
    </div>
  )
}

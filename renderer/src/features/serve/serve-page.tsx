import { Route, Switch } from 'wouter'
import { DeploymentsPage } from './deployments-page.tsx'
import { ExportPage } from './export-page.tsx'
import { LogPage } from './log-page.tsx'
import { LogsPage } from './logs-page.tsx'
import './serve.css'

export default function ServePage() {
  return (
    <Switch>
      <Route path="/serve/local">
        <DeploymentsPage />
      </Route>
      <Route path="/serve/logs">
        <LogsPage />
      </Route>
      <Route path="/serve/logs/:name">
        {({ name }) => <LogPage key={name} name={decodeURIComponent(name)} />}
      </Route>
      <Route>
        <ExportPage />
      </Route>
    </Switch>
  )
}

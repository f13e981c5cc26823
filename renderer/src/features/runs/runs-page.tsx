import { Route, Switch } from 'wouter'
import { CompareView } from './compare-view.tsx'
import { NewRun } from './new-run.tsx'
import { RunView } from './run-view.tsx'
import { RunsList } from './runs-list.tsx'
import './runs.css'

export default function RunsPage() {
  return (
    <Switch>
      <Route path="/runs/new">
        <NewRun />
      </Route>
      <Route path="/runs/compare">
        <CompareView />
      </Route>
      <Route path="/runs/:id">{({ id }) => <RunView key={id} runId={id} />}</Route>
      <Route>
        <RunsList />
      </Route>
    </Switch>
  )
}

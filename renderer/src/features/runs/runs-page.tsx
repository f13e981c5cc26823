import { Route, Switch } from 'wouter'
import { CompareView } from './compare-view.tsx'
import { NewRun } from './new-run.tsx'
import { RunView } from './run-view.tsx'
import { RunsList } from './runs-list.tsx'
import { NewStudy } from './studies/new-study.tsx'
import { StudiesList } from './studies/studies-list.tsx'
import { StudyView } from './studies/study-view.tsx'
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
      <Route path="/runs/studies">
        <StudiesList />
      </Route>
      <Route path="/runs/studies/new">
        <NewStudy />
      </Route>
      <Route path="/runs/studies/:id">{({ id }) => <StudyView key={id} studyId={id} />}</Route>
      <Route path="/runs/:id">{({ id }) => <RunView key={id} runId={id} />}</Route>
      <Route>
        <RunsList />
      </Route>
    </Switch>
  )
}

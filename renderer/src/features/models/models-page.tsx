import { Route, Switch } from 'wouter'
import { ModelView } from './model-view.tsx'
import { ModelsList } from './models-list.tsx'
import { PromotionPage } from './promotion/promotion-page.tsx'
import { VersionView } from './version-view.tsx'
import './models.css'

export default function ModelsPage() {
  return (
    <Switch>
      <Route path="/models/:name/:version/promote">
        {({ name, version }) => (
          <PromotionPage
            key={`${name}/${version}`}
            model={decodeURIComponent(name)}
            version={Number(version)}
          />
        )}
      </Route>
      <Route path="/models/:name/:version">
        {({ name, version }) => (
          <VersionView
            key={`${name}/${version}`}
            model={decodeURIComponent(name)}
            version={decodeURIComponent(version)}
          />
        )}
      </Route>
      <Route path="/models/:name">
        {({ name }) => <ModelView key={name} model={decodeURIComponent(name)} />}
      </Route>
      <Route>
        <ModelsList />
      </Route>
    </Switch>
  )
}

import { useSearchParams } from 'wouter'
import type { LocalDeployment } from '../../../../core/contract/index.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { plural } from '../../components/format.ts'
import { PageLayout } from '../../components/page-layout.tsx'
import { Section } from '../../components/section.tsx'
import { DeploymentStatus } from './deployment-status.tsx'
import { DeploymentView } from './deployment-view.tsx'
import { ServeForm } from './serve-form.tsx'
import { ServeTabs } from './serve-tabs.tsx'
import { usePolled } from './use-polled.ts'

function DeploymentList(props: {
  deployments: readonly LocalDeployment[]
  shown: string | null
  onShow: (id: string) => void
}) {
  if (props.deployments.length === 0)
    return <p className="dim">Nothing was served yet. Each server stays listed with its prediction log.</p>
  return (
    <ul className="exports" aria-label="Servers on this machine">
      {props.deployments.map((one) => (
        <li key={one.id}>
          <button type="button" aria-pressed={one.id === props.shown} onClick={() => props.onShow(one.id)}>
            <span className="truncate export-title">{one.reference}</span>
            <DeploymentStatus state={one.state} />
            <span className="dim truncate mono">{one.address ?? one.id}</span>
            <span className="dim tabular">
              {one.numbers ? plural(one.numbers.requests, 'prediction') : ''}
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}

/** The servers that this app runs on this machine. Which one is shown stands in the address. */
export function DeploymentsPage() {
  const [params, setParams] = useSearchParams()
  const listed = usePolled('deploy.local', {}, 1_500)
  const deployments = listed.data ?? []
  const shownId = params.get('id') ?? deployments[0]?.id ?? null
  const shown = deployments.find(({ id }) => id === shownId)
  const show = (id: string | null) => {
    setParams(id === null ? {} : { id }, { replace: true })
    listed.reload()
  }
  return (
    <PageLayout title="Deployments" crumbs={[{ label: 'Serve', href: '/serve' }]} toolbar={<ServeTabs />}>
      <div className="page-scroll">
        <div className="serve-columns">
          <div>
            <ServeForm onStarted={show} />
            <Section title="Servers on this machine">
              {listed.error && <ErrorPanel error={listed.error} retry={listed.reload} />}
              <DeploymentList deployments={deployments} shown={shownId} onShow={show} />
            </Section>
          </div>
          <div className="serve-result">
            {shown ? (
              <DeploymentView
                key={shown.id}
                deployment={shown}
                onChanged={listed.reload}
                onRemoved={() => show(null)}
              />
            ) : (
              <Section title="What you get">
                <p className="dim">
                  The very server that a container holds, on a port that only this machine reaches: with its
                  page to try it, metrics, API keys, and a prediction log that can be looked at here. A
                  process ends with this app; a container goes on, and is found again.
                </p>
              </Section>
            )}
          </div>
        </div>
      </div>
    </PageLayout>
  )
}

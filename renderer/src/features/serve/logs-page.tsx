import { Button, TextInput } from '@mantine/core'
import { Import } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { call } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { formatNumber } from '../../components/format.ts'
import { PageLayout } from '../../components/page-layout.tsx'
import { Section } from '../../components/section.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { useQuery } from '../../components/use-query.ts'
import { ServeTabs } from './serve-tabs.tsx'

function ImportForm() {
  const [path, setPath] = useState('')
  const [name, setName] = useState('')
  const [failure, setFailure] = useState<Error | null>(null)
  const [, navigate] = useLocation()
  const ready = path.trim() !== '' && name.trim() !== ''
  const start = async (event: FormEvent) => {
    event.preventDefault()
    if (!ready) return
    try {
      const { jobId } = await call('deploy.importLog', {
        source: { kind: 'path', path: path.trim() },
        name: name.trim(),
      })
      navigate(`/serve/logs/${encodeURIComponent(name.trim())}?job=${jobId}`)
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
    }
  }
  return (
    <Section title="Bring a log home">
      <form className="export-form" onSubmit={start} aria-label="Bring a log home">
        <TextInput
          label="File or folder"
          description="The full path of what the service wrote to GLYPHLAB_PREDICTION_LOG, of saved /metrics, or of Prometheus' answers to query_range."
          placeholder="/mnt/predictions"
          value={path}
          onChange={(event) => setPath(event.currentTarget.value)}
        />
        <TextInput
          label="Name of the service"
          description="Importing again under the same name adds what is new."
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {failure && <ErrorPanel title="The import could not be started" error={failure} />}
        <div>
          <Button type="submit" leftSection={<Import size={14} />} disabled={!ready}>
            Import
          </Button>
        </div>
      </form>
    </Section>
  )
}

/** The services whose prediction logs were brought home. */
export function LogsPage() {
  const logs = useQuery('deploy.logs', {}, { refreshOn: (event) => event.type === 'servedLog.changed' })
  return (
    <PageLayout title="Production logs" crumbs={[{ label: 'Serve', href: '/serve' }]} toolbar={<ServeTabs />}>
      <div className="page-scroll">
        <div className="serve-columns">
          <ImportForm />
          <Section title="Services">
            {logs.error && <ErrorPanel error={logs.error} retry={logs.reload} />}
            {logs.data?.length === 0 && (
              <p className="dim">
                No log was imported yet. A service writes one when GLYPHLAB_PREDICTION_LOG names a folder; a
                server under Deployments always does.
              </p>
            )}
            <ul className="serve-logs" aria-label="Services">
              {logs.data?.map((log) => (
                <li key={log.name}>
                  <Link href={`/serve/logs/${encodeURIComponent(log.name)}`}>{log.name}</Link>
                  <span className="dim">
                    {formatNumber(log.predictions)} predictions, {formatNumber(log.inputs)} pictures kept
                    {log.readings > 0 && `, ${formatNumber(log.readings)} values of metrics`}
                    {log.lastAt !== null && (
                      <>
                        , the last <TimeText at={log.lastAt} />
                      </>
                    )}
                  </span>
                </li>
              ))}
            </ul>
          </Section>
        </div>
      </div>
    </PageLayout>
  )
}

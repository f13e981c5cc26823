import { Button, Progress } from '@mantine/core'
import { Import, Square, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { LocalDeployment, LocalDeploymentDetails } from '../../../../core/contract/index.ts'
import { desktop } from '../../client/desktop.ts'
import { call } from '../../client/rpc.ts'
import { LineChart } from '../../components/charts/line-chart.tsx'
import { colourOfPlace } from '../../components/charts/run-colours.ts'
import { confirm } from '../../components/confirm.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { CancelExport } from '../../components/export-state.tsx'
import { formatMoment, formatNumber, formatPercent } from '../../components/format.ts'
import { HashText } from '../../components/hash-text.tsx'
import { Facts } from '../../components/inspector.tsx'
import { notifyError } from '../../components/notices.tsx'
import { Section } from '../../components/section.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { isUnfinished, useJob } from '../../stores/jobs-store.ts'
import { DeploymentStatus } from './deployment-status.tsx'
import { readableLine } from './log-line.ts'
import { driftWord, shownMs } from './serve-words.ts'
import { usePolled } from './use-polled.ts'

const clock = (at: number): string => formatMoment(at).slice(11)

function Address({ address }: { address: string }) {
  return (
    <span className="serve-address">
      {desktop() ? (
        <code>{address}/</code>
      ) : (
        <a href={`${address}/`} target="_blank" rel="noreferrer">
          {address}/
        </a>
      )}
      <CopyButton value={`${address}/`} label="Copy: address" />
    </span>
  )
}

function Charts({ series }: Pick<LocalDeploymentDetails, 'series'>) {
  const answered = series.filter(({ p95Ms }) => p95Ms !== null)
  const [zoom, setZoom] = useState<[number, number] | null>(null)
  const common = { xTitle: 'time', formatX: clock, height: 150, fromZero: true, zoom, onZoom: setZoom }
  return (
    <div className="serve-charts">
      <LineChart
        title="Predictions per second"
        {...common}
        series={[
          {
            id: 'rate',
            name: 'per second',
            colour: colourOfPlace(0),
            x: series.map(({ at }) => at),
            y: series.map(({ requestsPerSecond }) => requestsPerSecond),
          },
        ]}
      />
      <LineChart
        title="95th percentile, ms"
        {...common}
        series={[
          {
            id: 'p95',
            name: 'p95',
            colour: colourOfPlace(1),
            x: answered.map(({ at }) => at),
            y: answered.map(({ p95Ms }) => p95Ms ?? 0),
          },
        ]}
      />
    </div>
  )
}

/** How far the build of a container is; nothing once it runs. */
function Build({ jobId }: { jobId: string }) {
  const job = useJob(jobId)
  if (!job || !isUnfinished(job)) return null
  return (
    <div className="deployment-build">
      <Progress value={job.progress.value * 100} size={6} aria-label={`Progress of ${job.title}`} />
      <span className="dim tabular">{formatPercent(job.progress.value)}</span>
      <CancelExport job={job} />
    </div>
  )
}

function Numbers({ numbers }: Pick<LocalDeployment, 'numbers'>) {
  if (!numbers) return null
  const drift = Object.entries(numbers.drift).sort(([, a], [, b]) => b - a)
  const [most] = drift
  return (
    <Facts
      items={[
        ['Predictions', formatNumber(numbers.requests)],
        ['Refused', formatNumber(numbers.refused)],
        ['Failed', formatNumber(numbers.failures)],
        ['Per second', `${formatNumber(numbers.requestsPerSecond)} over the last minute`],
        ['Latency', `p50 ${shownMs(numbers.p50Ms)}, p95 ${shownMs(numbers.p95Ms)}`],
        ['Drift', most ? `${most[0]}: ${most[1].toFixed(3)} (${driftWord(most[1])})` : null],
      ]}
    />
  )
}

interface DeploymentViewProps {
  deployment: LocalDeployment
  onChanged: () => void
  onRemoved: () => void
}

/** A server on this machine: how it does, its figures, its log, and what can be done with it. */
export function DeploymentView({ deployment, onChanged, onRemoved }: DeploymentViewProps) {
  const { id, reference, name, state, address, logDirectory } = deployment
  const details = usePolled('deploy.localDetails', { id }, 2_000)
  const [, navigate] = useLocation()
  const over = state === 'stopped' || state === 'failed'
  const stop = () => call('deploy.stopLocal', { id }).then(onChanged, notifyError)
  const remove = async () => {
    const message = `The server ${id} is forgotten, and its prediction log is deleted from the disk. What was imported stays.`
    if (!(await confirm({ title: 'Remove the server', message, action: 'Remove', danger: true }))) return
    await call('deploy.removeLocal', { id }).then(onRemoved, notifyError)
  }
  const importLog = async () => {
    try {
      const { jobId } = await call('deploy.importLog', {
        source: { kind: 'path', path: logDirectory },
        name,
      })
      navigate(`/serve/logs/${encodeURIComponent(name)}?job=${jobId}`)
    } catch (cause) {
      notifyError(cause)
    }
  }
  const { log = [], series = [] } = details.data ?? {}
  return (
    <>
      <Section
        title={reference}
        actions={
          <>
            <Button
              size="compact-xs"
              variant="default"
              leftSection={<Import size={12} />}
              onClick={() => void importLog()}
            >
              Import its log
            </Button>
            {over ? (
              <Button
                size="compact-xs"
                variant="default"
                leftSection={<Trash2 size={12} />}
                onClick={() => void remove()}
              >
                Remove
              </Button>
            ) : (
              <Button
                size="compact-xs"
                variant="default"
                leftSection={<Square size={12} />}
                disabled={state === 'stopping'}
                onClick={() => void stop()}
              >
                Stop
              </Button>
            )}
          </>
        }
      >
        <p className="deployment-line" role="status">
          <DeploymentStatus state={state} /> {deployment.message}
        </p>
        {deployment.jobId !== null && <Build jobId={deployment.jobId} />}
        <div className="serve-facts">
          <Facts
            items={[
              ['Address', address === null ? null : <Address key="address" address={address} />],
              ['Version', deployment.version],
              [
                'Container',
                deployment.container === null ? null : (
                  <HashText key="container" value={deployment.container} label="container's id" keep={12} />
                ),
              ],
              ['Image', deployment.image === null ? null : <code key="image">{deployment.image}</code>],
              ['Started', <TimeText key="at" at={deployment.startedAt} />],
              ['Restarts', deployment.restarts > 0 ? formatNumber(deployment.restarts) : null],
              ['Last crash', deployment.lastError],
              ['API key', deployment.keysWanted ? 'Callers need one' : null],
              ['Prediction log', <code key="log">{logDirectory}</code>],
            ]}
          />
          <Numbers numbers={deployment.numbers} />
        </div>
      </Section>
      {series.length > 1 && (
        <Section title="The last minutes">
          <Charts series={series} />
        </Section>
      )}
      <Section title="Log, newest first" actions={<CopyButton value={log.join('\n')} label="Copy: log" />}>
        {log.length === 0 ? (
          <p className="dim">The server has said nothing since the app was started.</p>
        ) : (
          <textarea
            className="serve-log mono"
            aria-label="Lines of the log"
            readOnly
            rows={14}
            value={log.slice(-200).reverse().map(readableLine).join('\n')}
          />
        )}
      </Section>
    </>
  )
}

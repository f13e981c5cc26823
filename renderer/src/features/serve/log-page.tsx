import { Button, Select } from '@mantine/core'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useLocation, useSearchParams } from 'wouter'
import {
  importedLog,
  type Job,
  type ServedMetrics,
  type ServedSummary,
} from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { LineChart } from '../../components/charts/line-chart.tsx'
import { colourOfPlace } from '../../components/charts/run-colours.ts'
import { confirm } from '../../components/confirm.tsx'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { CancelExport, ExportState } from '../../components/export-state.tsx'
import { formatDuration, formatMoment, formatNumber, plural } from '../../components/format.ts'
import { notifyError } from '../../components/notices.tsx'
import { PageLayout } from '../../components/page-layout.tsx'
import { Section } from '../../components/section.tsx'
import { SkeletonRows } from '../../components/skeleton-rows.tsx'
import { useQuery } from '../../components/use-query.ts'
import { useJob } from '../../stores/jobs-store.ts'
import { BarList } from './bar-list.tsx'
import { ConfidenceHistogram } from './confidence-histogram.tsx'
import { LogQueue } from './log-queue.tsx'
import { ServeTabs } from './serve-tabs.tsx'
import { driftWord, shownMs, statisticTitles } from './serve-words.ts'

const percent = (part: number, of: number): string => (of === 0 ? '–' : `${((100 * part) / of).toFixed(1)} %`)

/** What an import did: how far it is, or what it added and which lines it could not take. */
function ImportOutcome({ job }: { job: Job }) {
  const done = job.status === 'succeeded' ? importedLog.safeParse(job.result).data : undefined
  return (
    <Section title={job.title} actions={<CancelExport job={job} />}>
      <ExportState job={job} />
      {done && (
        <p role="status">
          {plural(done.added, 'prediction')} and {plural(done.inputs, 'picture')} added;{' '}
          {formatNumber(done.known)} were here already.
          {done.readings > 0 && ` ${plural(done.readings, 'value')} of metrics added.`}
        </p>
      )}
      {done && done.brokenCount > 0 && (
        <details>
          <summary>{plural(done.brokenCount, 'line')} could not be taken</summary>
          <ul className="mono">
            {done.broken.map(({ file, line, reason }) => (
              <li key={`${file}:${line}`}>
                {file}:{line}: {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
    </Section>
  )
}

/** The part of `2026-11-25 04:12:09` that tells the moments of a stretch of time apart, and fits below a chart. */
function momentPart(ms: number): [number, number] {
  if (ms < 3_600_000) return [11, 19]
  return ms < 2 * 86_400_000 ? [11, 16] : [5, 10]
}

function Traffic({ traffic, stretchMs }: Pick<ServedSummary, 'traffic' | 'stretchMs'>) {
  const moments = traffic.map(({ at }) => at)
  const answered = traffic.filter(({ p95Ms }) => p95Ms !== null)
  const [from, to] = momentPart(stretchMs * traffic.length)
  const formatX = (at: number) => formatMoment(at).slice(from, to)
  const common = { xTitle: 'time', formatX, height: 160, fromZero: true, legend: true }
  return (
    <div className="serve-charts">
      <LineChart
        {...common}
        title={`Predictions per ${formatDuration(stretchMs)}`}
        series={[
          {
            id: 'all',
            name: 'all',
            colour: colourOfPlace(0),
            x: moments,
            y: traffic.map((one) => one.predictions),
          },
          {
            id: 'refused',
            name: 'refused',
            colour: colourOfPlace(4),
            x: moments,
            y: traffic.map((one) => one.refused),
          },
          {
            id: 'failed',
            name: 'failed',
            colour: colourOfPlace(1),
            x: moments,
            y: traffic.map((one) => one.failures),
          },
        ]}
      />
      <LineChart
        {...common}
        title="Latency, ms"
        series={(['p50Ms', 'p95Ms'] as const).map((key, place) => ({
          id: key,
          name: key === 'p50Ms' ? 'p50' : 'p95',
          colour: colourOfPlace(place),
          x: answered.map(({ at }) => at),
          y: answered.map((one) => one[key] ?? 0),
        }))}
      />
    </div>
  )
}

function TableHead({ titles }: { titles: readonly string[] }) {
  return (
    <thead>
      <tr>
        {titles.map((title) => (
          <th key={title} scope="col">
            {title}
          </th>
        ))}
      </tr>
    </thead>
  )
}

function Versions({ versions, label }: Pick<ServedSummary, 'versions'> & { label: string }) {
  return (
    <table className="serve-table" aria-label={label}>
      <TableHead titles={['Version', 'Predictions', 'Failed', 'Refused', 'p50', 'p95']} />
      <tbody>
        {versions.map((one) => (
          <tr key={one.version}>
            <th scope="row">
              {one.model}/{one.version}
            </th>
            <td>{formatNumber(one.predictions)}</td>
            <td>{percent(one.failures, one.predictions)}</td>
            <td>{percent(one.refused, one.predictions)}</td>
            <td>{shownMs(one.p50Ms)}</td>
            <td>{shownMs(one.p95Ms)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Drift({ drift, profiled }: Pick<ServedSummary, 'drift' | 'profiled'>) {
  if (!profiled)
    return (
      <p className="dim">
        No training profile lies beside the log: the version was trained elsewhere, or exported before there
        were profiles.
      </p>
    )
  if (drift.length === 0) return <p className="dim">There is no answer to compare with training yet.</p>
  return (
    <table className="serve-table" aria-label="Drift from training">
      <TableHead titles={['What', 'Version', 'Answers', 'Stability index', '']} />
      <tbody>
        {drift.map((one) => (
          <tr key={`${one.statistic} ${one.version}`}>
            <th scope="row">{statisticTitles[one.statistic]}</th>
            <td>{one.version}</td>
            <td>{formatNumber(one.predictions)}</td>
            <td>{one.psi.toFixed(3)}</td>
            <td>{driftWord(one.psi)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** What the service itself counted and measured. */
function Metrics({ metrics }: { metrics: ServedMetrics }) {
  return (
    <>
      <Section title="From its metrics">
        <p className="tabular">
          {plural(metrics.predictions, 'prediction')} between {plural(metrics.readings, 'reading')}; failed{' '}
          {percent(metrics.failures, metrics.predictions)}, refused{' '}
          {percent(metrics.refused, metrics.predictions)}; p50 {shownMs(metrics.p50Ms)}, p95{' '}
          {shownMs(metrics.p95Ms)}
        </p>
        {metrics.readings < 2 && (
          <p className="dim">Counters say what happened between two readings. Import another one.</p>
        )}
        <Traffic {...metrics} />
      </Section>
      <Section title="Versions, from its metrics">
        <Versions versions={metrics.versions} label="Versions, from metrics" />
      </Section>
      {metrics.drift.length > 0 && (
        <Section title="Drift that the service measured">
          <table className="serve-table" aria-label="Drift that the service measured">
            <TableHead titles={['What', 'Version', 'Instance', 'Last', 'At most', '']} />
            <tbody>
              {metrics.drift.map((one) => (
                <tr key={`${one.statistic} ${one.version} ${one.instance}`}>
                  <th scope="row">{statisticTitles[one.statistic] ?? one.statistic}</th>
                  <td>{one.version}</td>
                  <td>{one.instance}</td>
                  <td>{one.psi.toFixed(3)}</td>
                  <td>{one.most.toFixed(3)}</td>
                  <td>{driftWord(one.psi)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Section>
      )}
    </>
  )
}

function Summary({ summary }: { summary: ServedSummary }) {
  return (
    <>
      <Section title="Traffic">
        <p className="tabular">
          {plural(summary.predictions, 'prediction')}; failed {percent(summary.failures, summary.predictions)}
          , refused {percent(summary.refused, summary.predictions)}; p50 {shownMs(summary.p50Ms)}, p95{' '}
          {shownMs(summary.p95Ms)}
        </p>
        <Traffic {...summary} />
      </Section>
      <Section title="Versions">
        <Versions versions={summary.versions} label="Versions" />
      </Section>
      <Section title="Drift from training">
        <Drift drift={summary.drift} profiled={summary.profiled} />
      </Section>
      <div className="serve-charts">
        <Section title="Confidence of the answers">
          <ConfidenceHistogram counts={summary.confidence} />
        </Section>
        {summary.labels.length > 0 && (
          <Section title="Labels">
            <BarList
              label="Labels"
              items={summary.labels.slice(0, 30).map(({ label, count }) => ({ name: label, count }))}
            />
          </Section>
        )}
      </div>
    </>
  )
}

/** What a service did, as its prediction log tells. */
export function LogPage({ name }: { name: string }) {
  const [params] = useSearchParams()
  const job = useJob(params.get('job'))
  const [version, setVersion] = useState<string | null>(null)
  const [, navigate] = useLocation()
  const query = useQuery(
    'deploy.log',
    { name, ...(version === null ? {} : { version }) },
    { refreshOn: (event) => event.type === 'servedLog.changed' && event.name === name },
  )
  const importing = job !== undefined && job.status !== 'succeeded'
  const remove = async () => {
    const message = `What was imported of ${name} is forgotten. The service's own files and datasets made of it stay.`
    if (!(await confirm({ title: 'Remove the log', message, action: 'Remove', danger: true }))) return
    await call('deploy.deleteLog', { name }).then(() => navigate('/serve/logs'), notifyError)
  }
  const crumbs = [
    { label: 'Serve', href: '/serve' },
    { label: 'Production logs', href: '/serve/logs' },
  ]
  const told = [...(query.data?.versions ?? []), ...(query.data?.metrics?.versions ?? [])]
  const versions = [...new Set(told.map((one) => one.version))]
  return (
    <PageLayout
      title={name}
      crumbs={crumbs}
      toolbar={
        <>
          <ServeTabs />
          <Select
            className="serve-version"
            aria-label="Version"
            placeholder="All versions"
            size="xs"
            data={versions.map((value) => ({ value, label: `Version ${value}` }))}
            value={version}
            clearable
            onChange={setVersion}
          />
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<Trash2 size={14} />}
            onClick={() => void remove()}
          >
            Remove
          </Button>
        </>
      }
    >
      <div className="page-scroll">
        {job && <ImportOutcome job={job} />}
        {query.error && !importing && (
          <ErrorPanel title="The log could not be shown" error={query.error} retry={query.reload} />
        )}
        {query.data?.metrics && <Metrics metrics={query.data.metrics} />}
        {query.data && query.data.predictions > 0 && <Summary summary={query.data} />}
        {!query.data && !query.error && <SkeletonRows />}
        {query.data && query.data.predictions > 0 && <LogQueue name={name} />}
      </div>
    </PageLayout>
  )
}

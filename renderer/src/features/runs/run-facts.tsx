import { Link } from 'wouter'
import type { Run } from '../../../../core/contract/index.ts'
import { BreakableName } from '../../components/breakable-name.tsx'
import { HashText } from '../../components/hash-text.tsx'
import { Facts } from '../../components/inspector.tsx'
import { NumberText } from '../../components/number-text.tsx'
import { Section } from '../../components/section.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { bestOf, epochKey, metricKeysOf } from './metric-keys.ts'
import { backendOf, durationOf, durationText } from './run-columns.ts'
import { RunStatusText } from './run-status.tsx'

/** What a run is, in lines. */
export function RunFacts({ run, now }: { run: Run; now: number }) {
  const dataset = run.datasetVersionId ? (
    <Link href={`/data/${run.datasetVersionId}`}>{run.datasetLabel ?? run.datasetVersionId}</Link>
  ) : (
    run.datasetLabel
  )
  return (
    <Facts
      items={[
        ['Status', <RunStatusText key="status" status={run.status} />],
        ['Dataset', dataset],
        ['Backend', backendOf(run)],
        ['Started', <TimeText key="started" at={run.startTime} />],
        ['Duration', durationText(durationOf(run, now))],
        ['Experiment', run.experiment],
        ['Run id', <HashText key="id" value={run.id} label="run id" />],
      ]}
    />
  )
}

/** Last, best, smallest and largest value of each metric. */
export function MetricTable({ run }: { run: Run }) {
  const keys = metricKeysOf([run]).filter((key) => key !== epochKey)
  if (keys.length === 0) return <p className="dim">No metrics were logged.</p>
  return (
    <div className="table-frame">
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Metric</th>
            <th scope="col">Last</th>
            <th scope="col">Best</th>
            <th scope="col">Min</th>
            <th scope="col">Max</th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => {
            const metric = run.metrics[key]
            return metric === undefined ? null : (
              <tr key={key}>
                <th scope="row" className="breakable">
                  <BreakableName name={key} />
                </th>
                <td>
                  <NumberText value={metric.value} />
                </td>
                <td>
                  <NumberText value={bestOf(key, metric)} />
                </td>
                <td>
                  <NumberText value={metric.min} />
                </td>
                <td>
                  <NumberText value={metric.max} />
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

const isDigest = (text: string): boolean => /^[0-9a-f]{32,}$/.test(text)

/** Names and values of params or tags. */
export function PairsSection({ title, pairs }: { title: string; pairs: Record<string, string> }) {
  const entries = Object.entries(pairs)
  if (entries.length === 0) return null
  return (
    <Section title={title}>
      <Facts
        items={entries.map(([key, value]) => [
          key,
          isDigest(value) ? <HashText key={key} value={value} label={key} /> : value,
        ])}
      />
    </Section>
  )
}

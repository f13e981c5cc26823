import { Switch } from '@mantine/core'
import { memo } from 'react'
import { Link } from 'wouter'
import { isLowerBetter, type Run } from '../../../../core/contract/index.ts'
import { NumberText } from '../../components/number-text.tsx'
import { Section } from '../../components/section.tsx'
import { bestOf, epochKey, metricKeysOf } from './metric-keys.ts'
import { colourOfRun } from './run-colour.ts'
import { type ParamRow, paramRows } from './run-columns.ts'

function RunHeads({ runs }: { runs: readonly Run[] }) {
  return (
    <>
      {runs.map((run) => (
        <th key={run.id} scope="col">
          <span className="run-key" style={{ background: colourOfRun(run) }} />
          <Link href={`/runs/${run.id}`} title={run.name}>
            {run.name}
          </Link>
        </th>
      ))}
    </>
  )
}

/** Facts of runs, one row a fact and one column a run. */
export function CompareTable({
  runs,
  head,
  rows,
}: {
  runs: readonly Run[]
  head: string
  rows: readonly ParamRow[]
}) {
  return (
    <div className="table-frame">
      <table className="plain-table compare-table">
        <thead>
          <tr>
            <th scope="col">{head}</th>
            <RunHeads runs={runs} />
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, values }) => (
            <tr key={key}>
              <th scope="row">{key}</th>
              {runs.map((run, index) => (
                <td key={run.id} title={values[index] ?? undefined}>
                  {values[index] ?? <span className="dim">–</span>}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function ParamTable({ runs, onlyDifferences }: { runs: readonly Run[]; onlyDifferences: boolean }) {
  const rows = paramRows(runs)
  const shown = onlyDifferences && runs.length > 1 ? rows.filter((row) => row.differs) : rows
  if (shown.length === 0)
    return (
      <p className="dim">
        {rows.length === 0 ? 'No params were logged.' : `All ${rows.length} params are equal.`}
      </p>
    )
  return <CompareTable runs={runs} head="Param" rows={shown} />
}

function MetricCompareTable({ runs }: { runs: readonly Run[] }) {
  const keys = metricKeysOf(runs).filter((key) => key !== epochKey)
  if (keys.length === 0) return <p className="dim">No metrics were logged.</p>
  return (
    <div className="table-frame">
      <table className="plain-table compare-table">
        <thead>
          <tr>
            <th scope="col">Metric</th>
            <RunHeads runs={runs} />
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => {
            const bests = runs.map((run) => {
              const metric = run.metrics[key]
              return metric ? bestOf(key, metric) : Number.NaN
            })
            const finite = bests.filter(Number.isFinite)
            const winner = isLowerBetter(key) ? Math.min(...finite) : Math.max(...finite)
            return (
              <tr key={key}>
                <th scope="row">{key}</th>
                {runs.map((run, index) => {
                  const metric = run.metrics[key]
                  if (!metric)
                    return (
                      <td key={run.id}>
                        <span className="dim">–</span>
                      </td>
                    )
                  const isBest = runs.length > 1 && bests[index] === winner
                  return (
                    <td key={run.id}>
                      <span className={isBest ? 'best-value' : undefined}>
                        <NumberText value={bests[index]} />
                        {isBest && <span className="best-mark"> best</span>}
                      </span>
                      <span className="dim"> last </span>
                      <NumberText value={metric.value} />
                    </td>
                  )
                })}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

/** Metrics and params of runs side by side. */
export const CompareTables = memo(function CompareTables(props: {
  runs: readonly Run[]
  onlyDifferences: boolean
  onOnlyDifferences: (only: boolean) => void
}) {
  return (
    <>
      <Section title="Metrics, best and last">
        <MetricCompareTable runs={props.runs} />
      </Section>
      <Section
        title="Params"
        actions={
          <Switch
            size="xs"
            label="Only differences"
            checked={props.onlyDifferences}
            onChange={(event) => props.onOnlyDifferences(event.currentTarget.checked)}
          />
        }
      >
        <ParamTable runs={props.runs} onlyDifferences={props.onlyDifferences} />
      </Section>
    </>
  )
})

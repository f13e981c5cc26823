import { Switch } from '@mantine/core'
import { memo, useMemo } from 'react'
import { isLowerBetter, type Run } from '../../../../core/contract/index.ts'
import { NumberText } from '../../components/number-text.tsx'
import { Section } from '../../components/section.tsx'
import { SideBySide, type SideRow } from './compare/side-by-side.tsx'
import { bestOf, epochKey, metricKeysOf } from './metric-keys.ts'
import { type ParamRow, paramRows } from './run-columns.ts'

/** Texts of runs, one row a fact and one column a run. */
export function CompareTable(props: { runs: readonly Run[]; head: string; rows: readonly ParamRow[] }) {
  const rows = props.rows.map(({ key, values }) => ({
    key,
    cell: (index: number) => values[index] ?? <span className="dim">–</span>,
    title: (index: number) => values[index] ?? undefined,
  }))
  return <SideBySide runs={props.runs} head={props.head} rows={rows} />
}

function ParamTable({ runs, onlyDifferences }: { runs: readonly Run[]; onlyDifferences: boolean }) {
  const rows = useMemo(() => paramRows(runs), [runs])
  const shown = onlyDifferences && runs.length > 1 ? rows.filter((row) => row.differs) : rows
  if (shown.length === 0)
    return (
      <p className="dim">
        {rows.length === 0 ? 'No params were logged.' : `All ${rows.length} params are equal.`}
      </p>
    )
  return <CompareTable runs={runs} head="Param" rows={shown} />
}

function metricRow(runs: readonly Run[], key: string): SideRow {
  const bests = runs.map((run) => {
    const metric = run.metrics[key]
    return metric ? bestOf(key, metric) : Number.NaN
  })
  const finite = bests.filter(Number.isFinite)
  const winner = isLowerBetter(key) ? Math.min(...finite) : Math.max(...finite)
  return {
    key,
    cell: (index) => {
      const metric = runs[index]?.metrics[key]
      if (!metric) return <span className="dim">–</span>
      const isBest = runs.length > 1 && bests[index] === winner
      return (
        <>
          <span className={isBest ? 'best-value' : undefined}>
            <NumberText value={bests[index]} />
            {isBest && <span className="best-mark"> best</span>}
          </span>
          <span className="dim"> last </span>
          <NumberText value={metric.value} />
        </>
      )
    },
  }
}

function MetricCompareTable({ runs }: { runs: readonly Run[] }) {
  const rows = useMemo(
    () =>
      metricKeysOf(runs)
        .filter((key) => key !== epochKey)
        .map((key) => metricRow(runs, key)),
    [runs],
  )
  if (rows.length === 0) return <p className="dim">No metrics were logged.</p>
  return <SideBySide runs={runs} head="Metric" rows={rows} />
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

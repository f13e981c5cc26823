import { TriangleAlert } from 'lucide-react'
import type { CellValue, FoundRun } from '../../../../core/contract/index.ts'
import { formatMoment, formatRelative } from '../../components/format.ts'
import { NumberText } from '../../components/number-text.tsx'
import { durationOf, durationText, type RunColumn } from './run-columns.ts'
import { RunStatusText } from './run-status.tsx'

function AlertMark({ count }: { count: number }) {
  const words = count === 1 ? '1 alert' : `${count} alerts`
  return (
    <span className="run-alert-mark" role="img" aria-label={words} title={words}>
      <TriangleAlert size={14} aria-hidden />
    </span>
  )
}

/** One cell of the run table. `value` is undefined while it is being fetched. */
export function RunCell(props: {
  run: FoundRun
  column: RunColumn
  value: CellValue | undefined
  now: number
}) {
  const { run, column, now } = props
  if (column.kind === 'status')
    return (
      <>
        <RunStatusText status={run.status} />
        {run.alerts > 0 && <AlertMark count={run.alerts} />}
      </>
    )
  const value = column.kind === 'duration' ? durationOf(run, now) : props.value
  if (value === undefined) return <span className="run-cell-waits" aria-hidden />
  if (value === null) return <span className="dim">–</span>
  switch (column.kind) {
    case 'moment':
      return (
        <time dateTime={new Date(Number(value)).toISOString()} title={formatMoment(Number(value))}>
          {formatRelative(Number(value), Math.max(now, Number(value)))}
        </time>
      )
    case 'duration':
      return <span className="tabular">{durationText(Number(value))}</span>
    case 'number':
      return <NumberText value={Number(value)} />
    case 'text':
      return <span title={String(value)}>{String(value)}</span>
  }
}

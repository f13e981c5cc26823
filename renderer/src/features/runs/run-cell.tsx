import type { CellValue, FoundRun } from '../../../../core/contract/index.ts'
import { NumberText } from '../../components/number-text.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { durationOf, durationText, type RunColumn } from './run-columns.ts'
import { RunStatusText } from './run-status.tsx'

/** One cell of the run table. `value` is undefined while it is being fetched. */
export function RunCell(props: {
  run: FoundRun
  column: RunColumn
  value: CellValue | undefined
  now: number
}) {
  const { run, column, now } = props
  if (column.kind === 'status') return <RunStatusText status={run.status} />
  const value = column.kind === 'duration' ? durationOf(run, now) : props.value
  if (value === undefined) return <span className="run-cell-waits" aria-hidden />
  if (value === null) return <span className="dim">–</span>
  switch (column.kind) {
    case 'moment':
      return <TimeText at={Number(value)} />
    case 'duration':
      return <span className="tabular">{durationText(Number(value))}</span>
    case 'number':
      return <NumberText value={Number(value)} />
    case 'text':
      return <span title={String(value)}>{String(value)}</span>
  }
}

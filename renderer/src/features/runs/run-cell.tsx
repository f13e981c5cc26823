import type { Run } from '../../../../core/contract/index.ts'
import { NumberText } from '../../components/number-text.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { durationText, type RunColumn } from './run-columns.ts'
import { RunStatusText } from './run-status.tsx'

/** One cell of the run table. */
export function RunCell({ run, column, now }: { run: Run; column: RunColumn; now: number }) {
  const value = column.value(run, now)
  if (column.kind === 'status') return <RunStatusText status={run.status} />
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

import { Ban, CircleCheck, CircleDashed, LoaderCircle, type LucideIcon, TriangleAlert } from 'lucide-react'
import type { RunStatus } from '../../../../core/contract/index.ts'

const statuses: Record<RunStatus, { word: string; icon: LucideIcon }> = {
  SCHEDULED: { word: 'Waiting', icon: CircleDashed },
  RUNNING: { word: 'Running', icon: LoaderCircle },
  FINISHED: { word: 'Finished', icon: CircleCheck },
  FAILED: { word: 'Failed', icon: TriangleAlert },
  KILLED: { word: 'Killed', icon: Ban },
}

/** A run's status as an icon and a word. */
export function RunStatusText({ status }: { status: RunStatus }) {
  const { word, icon: Icon } = statuses[status]
  return (
    <span className="run-status" data-status={status}>
      <Icon size={14} aria-hidden />
      {word}
    </span>
  )
}

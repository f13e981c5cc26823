import { CircleCheck, CircleDashed, CircleStop, LoaderCircle, TriangleAlert } from 'lucide-react'
import type { LocalDeploymentState } from '../../../../core/contract/index.ts'

const words = {
  preparing: ['Preparing', CircleDashed],
  starting: ['Starting', LoaderCircle],
  ready: ['Ready', CircleCheck],
  stopping: ['Stopping', LoaderCircle],
  stopped: ['Stopped', CircleStop],
  failed: ['Failed', TriangleAlert],
} as const

/** How a server does, as an icon and a word. */
export function DeploymentStatus({ state }: { state: LocalDeploymentState }) {
  const [word, Icon] = words[state]
  return (
    <span className="deployment-status" data-state={state}>
      <Icon size={14} aria-hidden />
      {word}
    </span>
  )
}

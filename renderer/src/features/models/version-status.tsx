import { CircleCheck, TriangleAlert } from 'lucide-react'
import type { ModelVersion } from '../../../../core/contract/index.ts'

/** Whether a version can be used, as an icon and a word. */
export function VersionStatus({ version }: { version: ModelVersion }) {
  const damaged = version.status === 'damaged'
  const Icon = damaged ? TriangleAlert : CircleCheck
  return (
    <span className="version-status" data-status={version.status} title={version.statusMessage ?? undefined}>
      <Icon size={14} aria-hidden />
      {damaged ? 'Damaged' : 'Ready'}
    </span>
  )
}

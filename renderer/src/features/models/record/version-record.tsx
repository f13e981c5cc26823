import type { ModelVersion } from '../../../../../core/contract/index.ts'
import { LineageStrip } from './lineage-strip.tsx'
import { VersionCard } from './version-card.tsx'
import { VersionTags } from './version-tags.tsx'
import './record.css'

/** What is known and written of a version: where it comes from and went, its tags, its card. */
export function VersionRecord({ version }: { version: ModelVersion }) {
  return (
    <div className="version-record">
      <LineageStrip version={version} />
      <VersionTags version={version} />
      <VersionCard version={version} />
    </div>
  )
}

import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Job } from '../../../core/contract/index.ts'
import { CancelExport, ExportState, WrittenFolder } from './export-state.tsx'
import { formatBytes } from './format.ts'
import { Facts } from './inspector.tsx'
import { jobDirectory } from './job-result.ts'

const warningsOf = ({ result }: Job): string[] => {
  const warnings = result?.['warnings']
  return Array.isArray(warnings) ? warnings.map(String) : []
}

/** An export in its dialog: how far it is, what was written where (`facts`: beside folder and size), what to know of it. */
export function ExportOutcome({
  job,
  facts,
  onAgain,
  onClose,
}: {
  job: Job
  facts: [string, ReactNode][]
  onAgain: () => void
  onClose: () => void
}) {
  const directory = jobDirectory(job)
  const warnings = warningsOf(job)
  return (
    <div className="export-form">
      <ExportState job={job} />
      {job.status === 'succeeded' && directory !== null && (
        <Facts
          items={[
            ['Folder', <WrittenFolder key="folder" directory={directory} />],
            ...facts,
            ['Size', formatBytes(Number(job.result?.['bytes']))],
          ]}
        />
      )}
      {warnings.length > 0 && (
        <section aria-label="To know">
          <h3 className="export-warnings">To know</h3>
          <ul>
            {warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </section>
      )}
      <div className="export-note">
        <CancelExport job={job} />
        {job.status === 'failed' && (
          <Button size="compact-xs" variant="default" onClick={onAgain}>
            Change format or folder
          </Button>
        )}
        {job.status === 'succeeded' && (
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
        )}
      </div>
    </div>
  )
}

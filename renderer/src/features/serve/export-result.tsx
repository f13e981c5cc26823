import { exportedBundle, type Job } from '../../../../core/contract/index.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import { CancelExport, ExportState, WrittenFolder } from '../../components/export-state.tsx'
import { formatBytes } from '../../components/format.ts'
import { HashText } from '../../components/hash-text.tsx'
import { Facts } from '../../components/inspector.tsx'
import { Section } from '../../components/section.tsx'
import { TimeText } from '../../components/time-text.tsx'
import { ExportCheck } from './bundle-check.tsx'

function Command({ title, command }: { title: string; command: string }) {
  return (
    <div className="command">
      <div className="command-head">
        <span>{title}</span>
        <CopyButton value={command} label={`Copy: ${title}`} />
      </div>
      <pre className="mono">{command}</pre>
    </div>
  )
}

/** An export: how far it is, what went wrong, or the folder with the commands that build and run it. */
export function ExportResult({ job }: { job: Job }) {
  const bundle = job.status === 'succeeded' ? exportedBundle.safeParse(job.result).data : undefined
  return (
    <Section title={job.title} actions={<CancelExport job={job} />}>
      <ExportState job={job} />
      {bundle && (
        <>
          <Facts
            items={[
              ['Folder', <WrittenFolder key="folder" directory={bundle.directory} />],
              [
                'Digest',
                bundle.digest ? (
                  <HashText key="digest" value={bundle.digest} label="digest" keep={20} />
                ) : null,
              ],
              [
                'Signed by',
                bundle.fingerprint ? (
                  <HashText key="key" value={bundle.fingerprint} label="fingerprint" keep={20} />
                ) : null,
              ],
              ['Size', formatBytes(bundle.totalBytes)],
              ['Finished', <TimeText key="at" at={job.finishedAt} />],
            ]}
          />
          <ExportCheck key={bundle.directory} directory={bundle.directory} />
          <div className="commands">
            {bundle.commands.map((one) => (
              <Command key={one.title} {...one} />
            ))}
          </div>
        </>
      )}
    </Section>
  )
}

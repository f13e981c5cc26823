import { Button, Group, Modal, Radio } from '@mantine/core'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { type DatasetVersion, describeStep, type Finding } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { plural } from '../../../components/format.ts'
import { SkeletonRows } from '../../../components/skeleton-rows.tsx'
import { useQuery } from '../../../components/use-query.ts'
import { CountsTable } from '../versions/counts-table.tsx'
import { notifyVersion } from '../versions/notify-version.ts'
import { Warnings } from '../versions/split-dialog.tsx'

/** Ways to mend a finding, each with what it would leave, and the one chosen carried out as a new version. */
export function RemedyDialog({
  version,
  finding,
  onClose,
}: {
  version: DatasetVersion
  finding: Finding
  onClose: () => void
}) {
  const [, navigate] = useLocation()
  const [chosen, setChosen] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Error | null>(null)
  const remedies = useQuery('datasets.remedies', { versionId: version.id, finding: finding.kind })
  const remedy = remedies.data?.find(({ id }) => id === chosen) ?? remedies.data?.[0]
  const steps = remedy?.steps ?? []
  const preview = useQuery(
    'datasets.preview',
    { versionId: version.id, steps },
    { enabled: remedy !== undefined },
  )

  const run = async () => {
    setBusy(true)
    setFailure(null)
    try {
      const { jobId } = await call('datasets.transform', {
        versionId: version.id,
        steps,
        note: `${finding.title}: ${remedy?.title ?? ''}`,
      })
      void notifyVersion(jobId, version.datasetName, (path) => navigate(`${path}/quality`))
      onClose()
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
      setBusy(false)
    }
  }

  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={`Remedy: ${finding.title}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {!remedies.data && !remedies.error && <SkeletonRows rows={4} />}
      {remedies.error && <ErrorPanel error={remedies.error} retry={remedies.reload} />}
      {remedies.data?.length === 0 && <p className="dim">There is no recipe that mends this one.</p>}
      {remedy && (
        <div className="version-dialog">
          <div className="version-dialog-form">
            <Radio.Group aria-label="Remedies" value={remedy.id} onChange={setChosen}>
              {remedies.data?.map(({ id, title }, index) => (
                <Radio
                  key={id}
                  value={id}
                  label={title}
                  size="xs"
                  mb={8}
                  data-autofocus={index === 0 || undefined}
                />
              ))}
            </Radio.Group>
            <ol className="remedy-steps dim">
              {[...new Set(steps.slice(0, 10).map(describeStep))].map((words) => (
                <li key={words}>{words}</li>
              ))}
            </ol>
            <p className="dim">
              Makes a new version; this one stays as it is. The recipe is kept with it and can be replayed.
            </p>
          </div>
          <div className="version-dialog-preview" aria-live="polite" aria-busy={preview.loading}>
            {preview.error && <ErrorPanel error={preview.error} />}
            {preview.data && !preview.error && (
              <>
                <p className="preview-line">
                  <strong>{plural(preview.data.sampleCount, 'picture')}</strong>
                  <span className="dim"> from {plural(version.sampleCount, 'picture')}</span>
                </p>
                <CountsTable labels={preview.data.labels} name="Pictures per class and subset" />
                <Warnings items={preview.data.warnings} />
              </>
            )}
          </div>
        </div>
      )}
      {failure && <ErrorPanel error={failure} />}
      <Group justify="flex-end" gap={8} mt={16}>
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          loading={busy}
          disabled={!remedy || !preview.data || preview.error !== undefined}
          onClick={run}
        >
          Make a new version
        </Button>
      </Group>
    </Modal>
  )
}

import { Button, Group, Modal, Textarea } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef, useState } from 'react'
import { useLocation } from 'wouter'
import type { DatasetVersion, DraftEdits } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { plural } from '../../../components/format.ts'
import { jobPath } from '../../../components/job-result.ts'
import { notify } from '../../../components/notices.tsx'
import { TimeText } from '../../../components/time-text.tsx'
import { useQuery } from '../../../components/use-query.ts'
import { whenJobEnds } from '../../../stores/jobs-store.ts'
import './labelling.css'

const shownAtMost = 5_000
const rowHeight = 28

/** The unsaved edits in words, newest first. */
export function EditsDialog({ versionId, onClose }: { versionId: string; onClose: () => void }) {
  const draft = useQuery(
    'datasets.draft',
    { versionId, limit: shownAtMost },
    { refreshOn: (event) => event.type === 'draft.changed' && event.versionId === versionId },
  )
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={draft.data ? plural(draft.data.count, 'unsaved edit') : 'Unsaved edits'}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {draft.error && <ErrorPanel error={draft.error} retry={draft.reload} />}
      {draft.data && <EditRows draft={draft.data} />}
    </Modal>
  )
}

function EditRows({ draft: { edits, total } }: { draft: DraftEdits }) {
  const scroller = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count: edits.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 10,
  })
  return (
    <>
      <div ref={scroller} className="edit-rows">
        <ol style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map((row) => {
            const edit = edits[row.index]
            if (!edit) return null
            return (
              <li
                key={edit.sequence}
                data-undone={edit.undone}
                style={{ height: rowHeight, transform: `translateY(${row.start}px)` }}
              >
                <bdi className="truncate" title={edit.words}>
                  {edit.words}
                </bdi>
                <span className="dim">{edit.undone ? 'undone' : <TimeText at={edit.at} />}</span>
              </li>
            )
          })}
        </ol>
      </div>
      {total > edits.length && <p className="dim">{plural(total - edits.length, 'older edit')} not shown.</p>}
    </>
  )
}

/** Makes a new version of the draft, and goes there. */
export function SaveDialog({
  version,
  count,
  onClose,
}: {
  version: DatasetVersion
  count: number
  onClose: () => void
}) {
  const [, navigate] = useLocation()
  const [note, setNote] = useState('')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Error | null>(null)
  const save = async () => {
    setBusy(true)
    setFailure(null)
    try {
      const { jobId } = await call('datasets.saveDraft', { versionId: version.id, note: note.trim() })
      const job = await whenJobEnds(jobId)
      const path = jobPath(job)
      if (job.status !== 'succeeded' || path === null)
        throw new Error(job.error?.message ?? 'Saving was cancelled. The edits are still here.')
      onClose()
      notify({ kind: 'success', message: `The edits are a new version of “${version.datasetName}”.` })
      navigate(path)
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
      setBusy(false)
    }
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Save ${plural(count, 'edit')} as a new version`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <Textarea
          data-autofocus
          label="Note"
          description="What was changed, and why. It is kept with the version."
          autosize
          minRows={2}
          maxRows={8}
          maxLength={10_000}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void save()
          }}
        />
        {failure && <ErrorPanel error={failure} />}
        <Group justify="flex-end" gap={8} mt={16}>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={busy}>
            Save
          </Button>
        </Group>
      </form>
    </Modal>
  )
}

import { Button, Group, Modal, Textarea } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { GateResult } from '../../../../../core/contract/index.ts'

/** Asks why an alias moves in spite of its gates. */
export function OverrideDialog({
  target,
  failed,
  onOverride,
  onClose,
}: {
  /** "signs@champion" */
  target: string
  failed: readonly GateResult[]
  onOverride: (reason: string) => Promise<void>
  onClose: () => void
}) {
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (reason.trim() === '' || busy) return
    setBusy(true)
    await onOverride(reason.trim())
    setBusy(false)
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Override the gates of ${target}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={submit} className="model-form">
        <p>
          {failed.length > 0
            ? `In spite of: ${failed.map(({ words }) => words).join('; ')}.`
            : 'The gates were not checked.'}{' '}
          Your reason is signed with this data folder's key, and kept in the history and in the audit log.
        </p>
        <Textarea
          label="Reason"
          autosize
          minRows={2}
          maxRows={8}
          maxLength={2000}
          value={reason}
          data-autofocus
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Group justify="flex-end" gap={8}>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" color="orange.9" loading={busy} disabled={reason.trim() === ''}>
            Override and promote
          </Button>
        </Group>
      </form>
    </Modal>
  )
}

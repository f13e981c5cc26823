import { Button, Group, Modal, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { Run } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { notifyError } from '../../components/notices.tsx'

/** Asks for a run's new name. */
export function RenameDialog(props: {
  run: Run
  opened: boolean
  onClose: () => void
  onRenamed: (run: Run) => void
}) {
  const [name, setName] = useState(props.run.name)
  const rename = async (event: FormEvent) => {
    event.preventDefault()
    try {
      props.onRenamed(await call('runs.rename', { runId: props.run.id, name: name.trim() }))
      props.onClose()
    } catch (cause) {
      notifyError(cause)
    }
  }
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title="Rename run"
      closeButtonProps={{ 'aria-label': 'Close' }}
      size="sm"
    >
      <form onSubmit={rename} className="dialog-form">
        <TextInput
          label="Run name"
          value={name}
          maxLength={200}
          required
          data-autofocus
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Group justify="flex-end" gap={8}>
          <Button variant="default" onClick={props.onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={name.trim() === ''}>
            Rename
          </Button>
        </Group>
      </form>
    </Modal>
  )
}

import { Autocomplete, Button, Group, Modal } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useLocation } from 'wouter'
import type { Run } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { useQuery } from '../../components/use-query.ts'
import { FirstAliasChoice, useFirstAlias } from '../models/first-alias.tsx'

/** Asks for a name and registers the run's model as its next version. */
export function RegisterDialog({ run, opened, onClose }: { run: Run; opened: boolean; onClose: () => void }) {
  const [, navigate] = useLocation()
  const models = useQuery('models.list', {}, { enabled: opened })
  const [name, setName] = useState('')
  const firstAlias = useFirstAlias(name.trim(), { enabled: opened })
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Error | null>(null)
  const existing = models.data?.find((model) => model.name === name.trim())

  const register = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setFailure(null)
    try {
      const version = await call('models.register', {
        runId: run.id,
        name: name.trim(),
        ...firstAlias.input,
      })
      navigate(firstAlias.pathOf(version))
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
      setBusy(false)
    }
  }

  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Register model"
      closeButtonProps={{ 'aria-label': 'Close' }}
      size="sm"
    >
      <form onSubmit={register} className="dialog-form">
        <Autocomplete
          size="xs"
          label="Model name"
          description={
            existing
              ? `Becomes version ${(existing.latestVersion ?? 0) + 1} of ${existing.name}.`
              : 'A new name begins a new model; a known one gets a new version.'
          }
          placeholder="digits"
          data={models.data?.map((model) => model.name) ?? []}
          value={name}
          onChange={setName}
          maxLength={200}
          required
          data-autofocus
        />
        <FirstAliasChoice choice={firstAlias} />
        {failure && <ErrorPanel error={failure} />}
        <Group justify="flex-end" gap={8}>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={busy} disabled={name.trim() === '' || !firstAlias.complete}>
            Register
          </Button>
        </Group>
      </form>
    </Modal>
  )
}

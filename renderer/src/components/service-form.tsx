import { Button, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useLocation } from 'wouter'
import { call } from '../client/rpc.ts'
import { ErrorPanel } from './error-panel.tsx'
import { plural } from './format.ts'
import { type ImportOrigin, sourceOf } from './start-import.ts'

/** Asks which service the metrics are of, and imports them. */
export function ServiceForm({ origin, onStarted }: { origin: ImportOrigin; onStarted: () => void }) {
  const [name, setName] = useState('')
  const [sending, setSending] = useState('')
  const [failure, setFailure] = useState<Error | null>(null)
  const [, navigate] = useLocation()
  const service = name.trim()
  const start = async (event: FormEvent) => {
    event.preventDefault()
    if (service === '' || sending !== '') return
    setFailure(null)
    setSending('Handing over the files')
    try {
      const source = await sourceOf(origin, (done, total) =>
        setSending(`Sending ${done} of ${plural(total, 'file')}`),
      )
      const { jobId } = await call('deploy.importLog', { source, name: service })
      onStarted()
      navigate(`/serve/logs/${encodeURIComponent(service)}?job=${jobId}`)
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
      setSending('')
    }
  }
  return (
    <form onSubmit={start} aria-label="Import metrics">
      <Stack gap={12}>
        <TextInput
          label="Name of the service"
          description="They are shown beside its prediction log. Importing again under the same name adds what is new."
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {sending !== '' && <p role="status">{sending}</p>}
        {failure && <ErrorPanel title="The import could not be started" error={failure} />}
        <div>
          <Button type="submit" disabled={service === '' || sending !== ''}>
            Import
          </Button>
        </div>
      </Stack>
    </form>
  )
}

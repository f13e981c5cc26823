import { Button, Checkbox, NumberInput, Select } from '@mantine/core'
import { Play } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { type DeploymentPlace, type KeptInputs, keptInputs } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { Section } from '../../components/section.tsx'
import { useQuery } from '../../components/use-query.ts'
import { subjectsOf } from './export-form.tsx'

const inputChoices: { value: KeptInputs; label: string }[] = [
  { value: 'none', label: 'None' },
  { value: 'low-confidence', label: 'Those with an unsure answer (below 80 %)' },
  { value: 'all', label: 'All' },
]

const places: { value: DeploymentPlace; label: string }[] = [
  { value: 'process', label: 'A process of this app, which ends with it' },
  { value: 'container', label: 'A Docker container, which goes on without it' },
]

/** Asks what to serve on this machine, and starts it. */
export function ServeForm({ onStarted }: { onStarted: (id: string) => void }) {
  const models = useQuery('models.list', {}, { refreshOn: (event) => event.type === 'model.changed' })
  const [reference, setReference] = useState<string | null>(null)
  const [place, setPlace] = useState<DeploymentPlace>('process')
  const docker = useQuery('deploy.docker', {})
  const [port, setPort] = useState<number | string>(0)
  const [inputs, setInputs] = useState<KeptInputs>('none')
  const [keys, setKeys] = useState(false)
  const [key, setKey] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Error | null>(null)
  const subjects = subjectsOf(models.data ?? [], reference)
  const chosen = reference ?? subjects[0]?.items[0]?.value ?? null

  const refused = place === 'container' && docker.data?.available !== true

  const start = async (event: FormEvent) => {
    event.preventDefault()
    if (chosen === null || busy || refused) return
    setBusy(true)
    setFailure(null)
    try {
      const request = { reference: chosen, port: Number(port) || 0, keptInputs: inputs, keys, place }
      const started = await call('deploy.serveLocal', request)
      setKey(started.key)
      onStarted(started.id)
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
    }
    setBusy(false)
  }

  return (
    <Section title="Serve on this machine">
      {models.error && <ErrorPanel error={models.error} retry={models.reload} />}
      <form className="export-form" onSubmit={start} aria-label="Serve on this machine">
        <Select
          label="What"
          description="The same server as in an exported container, for programs on this machine."
          data={subjects}
          value={chosen}
          allowDeselect={false}
          searchable
          onChange={setReference}
        />
        <Select
          label="In"
          data={places}
          value={place}
          allowDeselect={false}
          onChange={(value) => {
            setPlace(value === 'container' ? 'container' : 'process')
            docker.reload()
          }}
        />
        {place === 'container' && docker.error && <ErrorPanel error={docker.error} retry={docker.reload} />}
        {place === 'container' && docker.data && (
          <p className="docker-state" role="status" data-available={docker.data.available}>
            {docker.data.available ? (
              `${docker.data.message}: the bundle is written, its image is built, and it runs with few rights.`
            ) : (
              <>
                {docker.data.message}
                <Button size="compact-xs" variant="default" onClick={docker.reload}>
                  Look again
                </Button>
              </>
            )}
          </p>
        )}
        <NumberInput
          label="Port"
          description="0 takes a free one."
          min={0}
          max={65_535}
          allowDecimal={false}
          value={port}
          onChange={setPort}
        />
        <Select
          label="Pictures to keep"
          description="Beside the prediction log, to be labelled later."
          data={inputChoices}
          value={inputs}
          allowDeselect={false}
          onChange={(value) => setInputs(keptInputs.safeParse(value).data ?? 'none')}
        />
        <Checkbox
          label="Callers need an API key"
          checked={keys}
          onChange={(event) => setKeys(event.currentTarget.checked)}
        />
        {failure && <ErrorPanel title="The server could not be started" error={failure} />}
        {key !== null && (
          <p className="serve-key" role="status">
            <span>API key, shown once:</span> <code>{key}</code>
            <CopyButton value={key} label="Copy: API key" />
          </p>
        )}
        <div>
          <Button
            type="submit"
            leftSection={<Play size={14} />}
            loading={busy}
            disabled={chosen === null || refused}
          >
            Serve
          </Button>
        </div>
      </form>
    </Section>
  )
}

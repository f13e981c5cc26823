import { Button, Select, TextInput } from '@mantine/core'
import { FolderSearch, Rocket } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { RegisteredModel } from '../../../../core/contract/index.ts'
import { desktop } from '../../client/desktop.ts'
import { call } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { notifyError } from '../../components/notices.tsx'
import { Section } from '../../components/section.tsx'
import { useQuery } from '../../components/use-query.ts'

const ocrReference = 'ocr'

/** What can be exported: each alias and the newest version of each model, and the OCR engine. */
function subjectsOf(models: readonly RegisteredModel[], asked: string | null) {
  const references = models.flatMap(({ name, aliases, latestVersion }) => [
    ...Object.keys(aliases)
      .sort((a, b) => Number(b === 'champion') - Number(a === 'champion'))
      .map((alias) => `${name}@${alias}`),
    ...(latestVersion === null ? [] : [`${name}/${latestVersion}`]),
  ])
  const all =
    asked !== null && asked !== ocrReference && !references.includes(asked)
      ? [asked, ...references]
      : references
  return [
    ...(all.length > 0 ? [{ group: 'Models', items: all.map((value) => ({ value, label: value })) }] : []),
    { group: 'Engines', items: [{ value: ocrReference, label: 'OCR engine: reads text from pictures' }] },
  ]
}

interface ExportFormProps {
  reference: string | null
  onReference: (reference: string) => void
  onStarted: (jobId: string) => void
}

/** Asks what to export, as what, and where to, and starts the export. */
export function ExportForm({ reference, onReference, onStarted }: ExportFormProps) {
  const models = useQuery('models.list', {}, { refreshOn: (event) => event.type === 'model.changed' })
  const targets = useQuery('deploy.targets', {})
  const [targetId, setTargetId] = useState<string | null>(null)
  const [directory, setDirectory] = useState('')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Error | null>(null)

  const subjects = subjectsOf(models.data ?? [], reference)
  const chosen = reference ?? subjects[0]?.items[0]?.value ?? ocrReference
  const target = targets.data?.find((one) => one.id === targetId) ?? targets.data?.[0]
  const bridge = desktop()

  const chooseFolder = async () => {
    try {
      const path = await bridge?.chooseFolder({ title: 'Folder for the export', create: true })
      if (path) setDirectory(path)
    } catch (cause) {
      notifyError(cause)
    }
  }
  const start = async (event: FormEvent) => {
    event.preventDefault()
    if (!target || directory.trim() === '' || busy) return
    setBusy(true)
    setFailure(null)
    try {
      const { jobId } = await call('deploy.export', {
        reference: chosen,
        target: target.id,
        directory: directory.trim(),
      })
      onStarted(jobId)
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
    }
    setBusy(false)
  }

  const loadError = models.error ?? targets.error
  return (
    <Section title="Export a container">
      {loadError && (
        <ErrorPanel error={loadError} retry={() => [models, targets].map((one) => one.reload())} />
      )}
      <form className="export-form" onSubmit={start} aria-label="Export a container">
        <Select
          label="What"
          description="A model version by its alias or number, or the OCR engine."
          data={subjects}
          value={chosen}
          allowDeselect={false}
          searchable
          onChange={(value) => value && onReference(value)}
        />
        <Select
          label="As"
          description={target?.description ?? ' '}
          data={targets.data?.map((one) => ({ value: one.id, label: one.title })) ?? []}
          value={target?.id ?? null}
          allowDeselect={false}
          onChange={setTargetId}
        />
        <div className="export-directory">
          <TextInput
            label="Folder"
            description={
              bridge
                ? 'A new or empty folder.'
                : 'The full path of a new or empty folder on the machine that runs the engine.'
            }
            placeholder="/home/me/digits-bundle"
            value={directory}
            required
            withAsterisk={false}
            onChange={(event) => setDirectory(event.currentTarget.value)}
          />
          {bridge && (
            <Button
              variant="default"
              leftSection={<FolderSearch size={14} />}
              onClick={() => void chooseFolder()}
            >
              Choose folder
            </Button>
          )}
        </div>
        {failure && <ErrorPanel title="The export could not be started" error={failure} />}
        <div>
          <Button
            type="submit"
            leftSection={<Rocket size={14} />}
            loading={busy}
            disabled={!target || directory.trim() === ''}
          >
            Export
          </Button>
        </div>
      </form>
    </Section>
  )
}

import { Button, Select } from '@mantine/core'
import { Rocket } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { RegisteredModel } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { FolderField } from '../../components/folder-field.tsx'
import { Section } from '../../components/section.tsx'
import { useQuery } from '../../components/use-query.ts'

const ocrReference = 'ocr'

/** What can be exported: each alias and the newest version of each model, and the OCR engine. */
export function subjectsOf(models: readonly RegisteredModel[], asked: string | null) {
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
        <FolderField value={directory} onChange={setDirectory} placeholder="/home/me/digits-bundle" />
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

import { Button, Checkbox, Select, Stack } from '@mantine/core'
import { Rocket } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { DeployTarget, RegisteredModel } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { FolderField } from '../../components/folder-field.tsx'
import { OptionInput, type OptionValue } from '../../components/option-input.tsx'
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

interface TargetChoiceProps {
  targets: readonly DeployTarget[]
  chosen: readonly string[]
  onChange: (chosen: string[]) => void
}

/** What the bundle is made for. What another choice builds on is on and can't be taken away. */
function TargetChoice({ targets, chosen, onChange }: TargetChoiceProps) {
  const needed = neededBy(targets, chosen)
  return (
    <Checkbox.Group
      label="For"
      description="One folder can hold several: each adds its files, and its commands to the README."
      value={[...new Set([...chosen, ...needed])]}
      onChange={onChange}
    >
      <Stack gap="xs" mt="xs">
        {targets.map(({ id, title, description }) => (
          <Checkbox
            key={id}
            value={id}
            label={title}
            description={description}
            disabled={needed.has(id) || (chosen.length === 1 && chosen[0] === id)}
          />
        ))}
      </Stack>
    </Checkbox.Group>
  )
}

function neededBy(targets: readonly DeployTarget[], chosen: readonly string[]): Set<string> {
  const needed = new Set<string>()
  const visit = (id: string) => {
    for (const one of targets.find((target) => target.id === id)?.needs ?? []) {
      needed.add(one)
      visit(one)
    }
  }
  for (const id of chosen) visit(id)
  return needed
}

interface TargetOptionsProps {
  targets: readonly DeployTarget[]
  values: Record<string, OptionValue>
  onChange: (values: Record<string, OptionValue>) => void
}

/** The options of the chosen targets, by `<target>.<option>`. */
function TargetOptions({ targets, values, onChange }: TargetOptionsProps) {
  return targets
    .filter(({ options }) => options.length > 0)
    .map((target) => (
      <fieldset key={target.id} className="target-options">
        <legend>{target.title}</legend>
        <Stack gap="sm">
          {target.options.map((field) => {
            const name = `${target.id}.${field.key}`
            return (
              <OptionInput
                key={name}
                field={field}
                value={values[name] ?? field.default}
                onChange={(value) => onChange({ ...values, [name]: value })}
              />
            )
          })}
        </Stack>
      </fieldset>
    ))
}

interface ExportFormProps {
  reference: string | null
  onReference: (reference: string) => void
  onStarted: (jobId: string) => void
}

/** Asks what to export, for what, and where to, and starts the export. */
export function ExportForm({ reference, onReference, onStarted }: ExportFormProps) {
  const models = useQuery('models.list', {}, { refreshOn: (event) => event.type === 'model.changed' })
  const targets = useQuery('deploy.targets', {})
  const [targetIds, setTargetIds] = useState<string[]>(['docker'])
  const [options, setOptions] = useState<Record<string, OptionValue>>({})
  const [directory, setDirectory] = useState('')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Error | null>(null)

  const subjects = subjectsOf(models.data ?? [], reference)
  const chosen = reference ?? subjects[0]?.items[0]?.value ?? ocrReference
  const all = targets.data ?? []
  const needed = neededBy(all, targetIds)
  const chosenTargets = all.filter(({ id }) => targetIds.includes(id) || needed.has(id))

  const start = async (event: FormEvent) => {
    event.preventDefault()
    if (chosenTargets.length === 0 || directory.trim() === '' || busy) return
    setBusy(true)
    setFailure(null)
    try {
      const { jobId } = await call('deploy.export', {
        reference: chosen,
        targets: chosenTargets.map(({ id }) => id),
        options: Object.fromEntries(
          Object.entries(options).filter(([name]) =>
            chosenTargets.some(({ id }) => name.startsWith(`${id}.`)),
          ),
        ),
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
        <TargetChoice targets={all} chosen={targetIds} onChange={setTargetIds} />
        <TargetOptions targets={chosenTargets} values={options} onChange={setOptions} />
        <FolderField value={directory} onChange={setDirectory} placeholder="/home/me/digits-bundle" />
        {failure && <ErrorPanel title="The export could not be started" error={failure} />}
        <div>
          <Button
            type="submit"
            leftSection={<Rocket size={14} />}
            loading={busy}
            disabled={chosenTargets.length === 0 || directory.trim() === ''}
          >
            Export
          </Button>
        </div>
      </form>
    </Section>
  )
}

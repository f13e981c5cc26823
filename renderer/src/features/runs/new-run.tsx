import { Select } from '@mantine/core'
import { useState } from 'react'
import type { BackendStatus, ProcedureInput, TrainingPreset } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { plural } from '../../components/format.ts'
import type { OptionValue } from '../../components/option-input.tsx'
import { Section } from '../../components/section.tsx'
import { useQuery } from '../../components/use-query.ts'
import { AugmentationPreview } from './augmentation-preview.tsx'
import { DatasetFields, useDatasetChoice } from './dataset-choice.tsx'
import { fittingPresets } from './fitting-presets.ts'
import { OptionGroups } from './option-groups.tsx'
import { NameSection, StartForm, TrainingFormPage } from './training-form.tsx'

type StartInput = ProcedureInput<'training.start'>

const crumbs = [{ label: 'Runs', href: '/runs' }]

const optionsOf = (preset: TrainingPreset, changed: Record<string, OptionValue>) =>
  Object.fromEntries(preset.options.map((field) => [field.key, changed[field.key] ?? field.default]))

const augmentation = 'Augmentation'

/** Whether pictures are shown otherwise than they are: mixing shows two at once, which a preview of one can't. */
const changesPictures = (preset: TrainingPreset, changed: Record<string, OptionValue>) =>
  preset.learns === undefined &&
  preset.options.some(
    ({ key, group, default: usual }) =>
      group === augmentation && key !== 'mixup' && Boolean(changed[key] ?? usual),
  )

/** The form that starts a training. */
export function NewRun() {
  const choice = useDatasetChoice()
  const presets = useQuery('training.presets', {})
  return (
    <TrainingFormPage
      title="Train"
      crumbs={crumbs}
      choice={choice}
      error={presets.error}
      emptyText="Import a folder with one folder of pictures per class, or the shipped sample, then come back."
    >
      {presets.data && <RunForm choice={choice} presets={presets.data} />}
    </TrainingFormPage>
  )
}

function RunForm(props: { choice: ReturnType<typeof useDatasetChoice>; presets: TrainingPreset[] }) {
  const { choice } = props
  const [presetId, setPresetId] = useState<string | null>(null)
  const [changed, setChanged] = useState<Record<string, OptionValue>>({})
  const [backend, setBackend] = useState('auto')
  const [runName, setRunName] = useState('')

  const table = choice.versions.find(({ id }) => id === choice.version)?.table ?? null
  const fitting = fittingPresets(props.presets, table)
  const preset: TrainingPreset | undefined = fitting.find((one) => one.id === presetId) ?? fitting[0]

  const start = async () => {
    if (!preset || !choice.version) throw new Error('There is nothing to train yet.')
    const input: StartInput = {
      datasetVersionId: choice.version,
      preset: preset.id,
      options: optionsOf(preset, changed),
      backend: backend as NonNullable<StartInput['backend']>,
    }
    if (choice.split !== null) input.split = choice.split
    if (runName.trim()) input.runName = runName.trim()
    const { runId } = await call('training.start', input)
    return `/runs/${runId}`
  }

  return (
    <StartForm
      label="Train a model"
      submit="Train"
      complete={preset !== undefined && choice.version !== null}
      failureTitle="The training could not be started"
      cancelTo="/runs"
      start={start}
    >
      <Section title="What to learn from">
        <DatasetFields choice={choice} />
      </Section>
      <Section title="How to train">
        <div className="form-row">
          <Select
            label="Preset"
            description={preset?.description}
            data={fitting.map((one) => ({ value: one.id, label: one.title }))}
            value={preset?.id ?? null}
            allowDeselect={false}
            onChange={(id) => {
              setPresetId(id)
              setChanged({})
            }}
          />
          <BackendField value={backend} onChange={setBackend} />
        </div>
        {preset && (
          <OptionGroups
            key={preset.id}
            fields={preset.options}
            changed={changed}
            onChange={(key, value) => setChanged((before) => ({ ...before, [key]: value }))}
            below={(group) =>
              group === augmentation &&
              choice.version !== null &&
              changesPictures(preset, changed) && (
                <AugmentationPreview versionId={choice.version} options={optionsOf(preset, changed)} />
              )
            }
          />
        )}
      </Section>
      <NameSection noun="run" value={runName} onChange={setRunName} />
    </StartForm>
  )
}

/** Where to compute: the backends that work here, and why others do not. */
function BackendField({ value, onChange }: { value: string; onChange: (id: string) => void }) {
  const backends = useQuery('training.backends', {})
  const split = (available: boolean): BackendStatus[] =>
    (backends.data ?? []).filter((one) => one.available === available)
  const [available, unavailable] = [split(true), split(false)]
  return (
    <div>
      <Select
        label="Backend"
        description={
          value === 'auto'
            ? 'Times a few real steps on each backend and takes the fastest.'
            : available.find((one) => one.id === value)?.detail
        }
        data={[
          { value: 'auto', label: 'Automatic: the fastest' },
          ...available.map((one) => ({ value: one.id, label: one.title })),
        ]}
        value={value}
        allowDeselect={false}
        onChange={(id) => onChange(id ?? 'auto')}
      />
      {backends.loading && !backends.data && <p className="dim form-note">Looking for backends…</p>}
      {unavailable.length > 0 && (
        <details className="form-note">
          <summary>{plural(unavailable.length, 'backend')} not available here</summary>
          <dl>
            {unavailable.map((one) => (
              <div key={one.id}>
                <dt>{one.title}</dt>
                <dd className="dim">{one.detail}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </div>
  )
}

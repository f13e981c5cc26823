import { Button, Select, TextInput } from '@mantine/core'
import { Database, Play } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { useLocation } from 'wouter'
import type { ProcedureInput, TrainingPreset } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { plural } from '../../components/format.ts'
import { OptionInput, type OptionValue } from '../../components/option-input.tsx'
import { PageLayout } from '../../components/page-layout.tsx'
import { Section } from '../../components/section.tsx'
import { SkeletonRows } from '../../components/skeleton-rows.tsx'
import { useQuery } from '../../components/use-query.ts'
import { AugmentationPreview } from './augmentation-preview.tsx'
import { DatasetFields, useDatasetChoice } from './dataset-choice.tsx'
import { fittingPresets } from './fitting-presets.ts'

type StartInput = ProcedureInput<'training.start'>

const crumbs = [{ label: 'Runs', href: '/runs' }]

const optionsOf = (preset: TrainingPreset, changed: Record<string, OptionValue>) =>
  Object.fromEntries(preset.options.map((field) => [field.key, changed[field.key] ?? field.default]))

const augmentationKeys = [
  'flipHorizontal',
  'flipVertical',
  'shift',
  'crop',
  'rotation',
  'colour',
  'noise',
  'blur',
]

/** The form that starts a training. */
export function NewRun() {
  const [, navigate] = useLocation()
  const choice = useDatasetChoice()
  const presets = useQuery('training.presets', {})
  const backends = useQuery('training.backends', {})
  const [presetId, setPresetId] = useState<string | null>(null)
  const [changed, setChanged] = useState<Record<string, OptionValue>>({})
  const [backend, setBackend] = useState('auto')
  const [runName, setRunName] = useState('')
  const [starting, setStarting] = useState(false)
  const [failure, setFailure] = useState<Error | null>(null)

  const table = choice.versions.find(({ id }) => id === choice.version)?.table ?? null
  const fitting = fittingPresets(presets.data ?? [], table)
  const preset: TrainingPreset | undefined = fitting.find((one) => one.id === presetId) ?? fitting[0]
  const loadError = choice.error ?? presets.error

  const start = async (event: FormEvent) => {
    event.preventDefault()
    if (!preset || !choice.version || starting) return
    setStarting(true)
    setFailure(null)
    const options = optionsOf(preset, changed)
    const input: StartInput = {
      datasetVersionId: choice.version,
      preset: preset.id,
      options,
      backend: backend as NonNullable<StartInput['backend']>,
    }
    if (choice.split !== null) input.split = choice.split
    if (runName.trim()) input.runName = runName.trim()
    try {
      const { runId } = await call('training.start', input)
      navigate(`/runs/${runId}`)
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
      setStarting(false)
    }
  }

  if (loadError)
    return (
      <PageLayout title="Train" crumbs={crumbs}>
        <div className="page-scroll">
          <ErrorPanel title="The form could not be prepared" error={loadError} retry={choice.reload} />
        </div>
      </PageLayout>
    )
  if (choice.loading || !presets.data)
    return (
      <PageLayout title="Train" crumbs={crumbs}>
        <SkeletonRows />
      </PageLayout>
    )
  if (choice.datasets.length === 0)
    return (
      <PageLayout title="Train" crumbs={crumbs}>
        <EmptyState
          icon={Database}
          title="No dataset to train on"
          text="Import a folder with one folder of pictures per class, or the shipped sample, then come back."
        >
          <Button onClick={() => navigate('/data')}>Import a dataset</Button>
        </EmptyState>
      </PageLayout>
    )

  const available = (backends.data ?? []).filter((one) => one.available)
  const unavailable = (backends.data ?? []).filter((one) => !one.available)
  const chosenBackend = available.find((one) => one.id === backend)
  return (
    <PageLayout title="Train" crumbs={crumbs}>
      <div className="page-scroll">
        <form className="form-column" onSubmit={start} aria-label="Train a model">
          <Section title="What to learn from">
            <DatasetFields choice={choice} />
          </Section>
          <Section title="How to train">
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
            <div className="form-grid">
              {preset?.options.map((field) => (
                <OptionInput
                  key={`${preset.id} ${field.key}`}
                  field={field}
                  value={changed[field.key] ?? field.default}
                  onChange={(value) => setChanged((before) => ({ ...before, [field.key]: value }))}
                />
              ))}
            </div>
            {preset && choice.version && augmentationKeys.some((key) => changed[key]) && (
              <AugmentationPreview versionId={choice.version} options={optionsOf(preset, changed)} />
            )}
            <Select
              label="Backend"
              description={
                backend === 'auto'
                  ? 'Times a few real steps on each backend and takes the fastest.'
                  : chosenBackend?.detail
              }
              data={[
                { value: 'auto', label: 'Automatic: the fastest' },
                ...available.map((one) => ({ value: one.id, label: one.title })),
              ]}
              value={backend}
              allowDeselect={false}
              onChange={(id) => setBackend(id ?? 'auto')}
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
          </Section>
          <Section title="Name">
            <TextInput
              label="Run name"
              description="Left empty, the run gets a name of its own."
              value={runName}
              maxLength={200}
              onChange={(event) => setRunName(event.currentTarget.value)}
            />
          </Section>
          {failure && <ErrorPanel title="The training could not be started" error={failure} />}
          <div className="form-actions">
            <Button type="submit" loading={starting} leftSection={<Play size={14} />}>
              Train
            </Button>
            <Button variant="default" onClick={() => navigate('/runs')}>
              Cancel
            </Button>
          </div>
        </form>
      </div>
    </PageLayout>
  )
}

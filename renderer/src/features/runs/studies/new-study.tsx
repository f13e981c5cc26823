import { ActionIcon, NumberInput, Select, Switch, TagsInput } from '@mantine/core'
import { Plus, X } from 'lucide-react'
import { useState } from 'react'
import type {
  OptionField,
  ParameterRange,
  ProcedureOutput,
  TrainingPreset,
} from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { OptionInput, type OptionValue } from '../../../components/option-input.tsx'
import { Section } from '../../../components/section.tsx'
import { useQuery } from '../../../components/use-query.ts'
import { DatasetFields, useDatasetChoice } from '../dataset-choice.tsx'
import { fittingPresets } from '../fitting-presets.ts'
import { NameSection, StartForm, TrainingFormPage } from '../training-form.tsx'
import './studies.css'

const crumbs = [
  { label: 'Runs', href: '/runs' },
  { label: 'Studies', href: '/runs/studies' },
]

/** A range as the form has it; fields may be empty while they are typed. */
interface Draft {
  key: string
  low: number | string
  high: number | string
  log: boolean
  choices: string[]
}

/** Where a search of the usual options begins. */
const usual: Record<string, Partial<Draft>> = {
  learningRate: { low: 0.0001, high: 0.1, log: true },
  batchSize: { low: 16, high: 128, log: true },
  dropout: { low: 0, high: 0.5 },
  weightDecay: { low: 0.00001, high: 0.1, log: true },
  labelSmoothing: { low: 0, high: 0.2 },
  epochs: { low: 3, high: 20 },
}

function draftOf(field: OptionField): Draft {
  const choices = field.kind === 'boolean' ? ['true', 'false'] : (field.choices ?? [])
  const low = field.min ?? 0
  return {
    key: field.key,
    low,
    high: Math.max(Number(field.default) * 4, low + 1),
    log: false,
    choices: [...choices],
    ...usual[field.key],
  }
}

/** The range that a draft says; undefined while it says none. */
function rangeOf(draft: Draft, field: OptionField): ParameterRange | undefined {
  if (field.kind === 'choice' || field.kind === 'boolean') {
    if (draft.choices.length < 2) return undefined
    const value = (text: string) => (field.kind === 'boolean' ? text === 'true' : text)
    return { kind: 'choice', choices: draft.choices.map(value) }
  }
  const { low, high, log } = draft
  if (typeof low !== 'number' || typeof high !== 'number' || low >= high || (log && low <= 0))
    return undefined
  return { kind: field.kind === 'integer' ? 'integer' : 'float', low, high, log }
}

const smallLoss = { value: 'validation_loss', label: 'Validation loss, as small as possible' }
const largeAccuracy = { value: 'validation_accuracy', label: 'Validation accuracy, as large as possible' }
const ofClasses = [smallLoss, largeAccuracy] as const

/** What a training logs after each epoch, by what its preset learns; the first is the usual one. */
const objectives = {
  classes: ofClasses,
  'row-classes': ofClasses,
  lines: [{ value: 'validation_cer', label: 'Validation CER, as small as possible' }, smallLoss],
  'row-numbers': [
    smallLoss,
    { value: 'validation_mae', label: 'Validation mean absolute error, as small as possible' },
    { value: 'validation_rmse', label: 'Validation root mean square error, as small as possible' },
    { value: 'validation_r2', label: 'Validation R², as large as possible' },
  ],
} as const

const asLargeAsPossible = ['validation_accuracy', 'validation_r2']

/** The form that starts a study. */
export function NewStudy() {
  const choice = useDatasetChoice()
  const presets = useQuery('training.presets', {})
  const plugins = useQuery('tuning.plugins', {})
  return (
    <TrainingFormPage
      title="New study"
      crumbs={crumbs}
      choice={choice}
      error={presets.error ?? plugins.error}
      emptyText="Import a dataset first, then come back to search for the best options."
    >
      {presets.data && plugins.data && (
        <StudyForm choice={choice} presets={presets.data} plugins={plugins.data} />
      )}
    </TrainingFormPage>
  )
}

function StudyForm(props: {
  choice: ReturnType<typeof useDatasetChoice>
  presets: TrainingPreset[]
  plugins: ProcedureOutput<'tuning.plugins'>
}) {
  const { choice } = props
  const [presetId, setPresetId] = useState<string | null>(null)
  const [drafts, setDrafts] = useState<Draft[] | null>(null)
  const [common, setCommon] = useState<Record<string, OptionValue>>({})
  const [sampler, setSampler] = useState('tpe')
  const [pruner, setPruner] = useState('median')
  const [wantedObjective, setWantedObjective] = useState<string | null>(null)
  const [trials, setTrials] = useState<number | string>(30)
  const [parallel, setParallel] = useState<number | string>(1)
  const [seed, setSeed] = useState<number | string>(0)
  const [name, setName] = useState('')

  const table = choice.versions.find(({ id }) => id === choice.version)?.table ?? null
  const fitting = fittingPresets(props.presets, table)
  const preset: TrainingPreset | undefined = fitting.find((one) => one.id === presetId) ?? fitting[0]
  const possible = objectives[preset?.learns ?? 'classes']
  const objective = (possible.find(({ value }) => value === wantedObjective) ?? possible[0]).value
  const fields = preset?.options ?? []
  const fieldOf = (key: string) => fields.find((field) => field.key === key)
  const rate = fieldOf('learningRate')
  const searched = (drafts ?? (rate ? [draftOf(rate)] : [])).filter(({ key }) => fieldOf(key))
  const free = fields.filter(({ key }) => key !== 'seed' && !searched.some((draft) => draft.key === key))
  const space: Record<string, ParameterRange> = {}
  for (const draft of searched) {
    const field = fieldOf(draft.key)
    const range = field && rangeOf(draft, field)
    if (range) space[draft.key] = range
  }
  const complete =
    searched.length > 0 &&
    Object.keys(space).length === searched.length &&
    [trials, parallel, seed].every((value) => typeof value === 'number')
  const change = (key: string, more: Partial<Draft>) =>
    setDrafts(searched.map((draft) => (draft.key === key ? { ...draft, ...more } : draft)))

  const start = async () => {
    if (!choice.version || !preset) throw new Error('There is nothing to search yet.')
    const fixed = Object.fromEntries(
      Object.entries(common).filter(([key]) => fieldOf(key) && !(key in space)),
    )
    const study = await call('tuning.start', {
      datasetVersionId: choice.version,
      preset: preset.id,
      options: fixed,
      space,
      sampler,
      pruner,
      objective,
      direction: asLargeAsPossible.includes(objective) ? 'maximize' : 'minimize',
      trials: Number(trials),
      parallel: Number(parallel),
      seed: Number(seed),
      ...(choice.split === null ? {} : { split: choice.split }),
      ...(name.trim() ? { name: name.trim() } : {}),
    })
    return `/runs/studies/${study.id}`
  }

  const { samplers, pruners, mostParallel } = props.plugins
  const epochs = fieldOf('epochs')
  return (
    <StartForm
      label="Start a study"
      submit="Start the study"
      complete={complete}
      failureTitle="The study could not be started"
      cancelTo="/runs/studies"
      start={start}
    >
      <Section title="What to learn from">
        <DatasetFields choice={choice} />
        <Select
          label="Preset"
          description={preset?.description}
          data={fitting.map((one) => ({ value: one.id, label: one.title }))}
          value={preset?.id ?? null}
          allowDeselect={false}
          onChange={setPresetId}
        />
      </Section>
      <Section title="What to search">
        {searched.map((draft) => {
          const field = fieldOf(draft.key)
          return (
            field && (
              <SearchOption
                key={draft.key}
                draft={draft}
                field={field}
                onChange={(more) => change(draft.key, more)}
                onRemove={() => setDrafts(searched.filter(({ key }) => key !== draft.key))}
              />
            )
          )
        })}
        <Select
          aria-label="Search another option"
          placeholder="Search another option…"
          leftSection={<Plus size={14} />}
          data={free.map(({ key, title }) => ({ value: key, label: title }))}
          value={null}
          searchable
          onChange={(key) => {
            const field = fieldOf(key ?? '')
            if (field) setDrafts([...searched, draftOf(field)])
          }}
        />
      </Section>
      <Section title="How to search">
        <div className="form-row">
          <Select
            label="Objective"
            data={[...possible]}
            value={objective}
            allowDeselect={false}
            onChange={setWantedObjective}
          />
          {epochs && !('epochs' in space) && (
            <OptionInput
              field={{
                ...epochs,
                title: 'Epochs of a trial',
                help: 'At most; a pruner may end it before.',
              }}
              value={common['epochs'] ?? epochs.default}
              onChange={(value) => setCommon((before) => ({ ...before, epochs: value }))}
            />
          )}
        </div>
        <div className="form-row">
          <Select
            label="Sampler"
            description={samplers.find(({ id }) => id === sampler)?.description}
            data={samplers.map(({ id, title }) => ({ value: id, label: title }))}
            value={sampler}
            allowDeselect={false}
            onChange={(id) => setSampler(id ?? 'tpe')}
          />
          <Select
            label="Pruner"
            description={pruners.find(({ id }) => id === pruner)?.description}
            data={pruners.map(({ id, title }) => ({ value: id, label: title }))}
            value={pruner}
            allowDeselect={false}
            onChange={(id) => setPruner(id ?? 'median')}
          />
        </div>
        <div className="form-row">
          <NumberInput
            label="Trials"
            description="At most"
            min={1}
            max={10_000}
            value={trials}
            onChange={setTrials}
          />
          <NumberInput
            label="Side by side"
            description={`Up to ${mostParallel} on this machine`}
            min={1}
            max={mostParallel}
            value={parallel}
            onChange={setParallel}
          />
          <NumberInput label="Seed" description="Of the sampler" min={0} value={seed} onChange={setSeed} />
        </div>
      </Section>
      <NameSection noun="study" value={name} onChange={setName} />
    </StartForm>
  )
}

function SearchOption(props: {
  draft: Draft
  field: OptionField
  onChange: (more: Partial<Draft>) => void
  onRemove: () => void
}) {
  const { draft, field, onChange } = props
  const whole = field.kind === 'integer'
  const { low, high, log } = draft
  const wrong =
    typeof low !== 'number' || typeof high !== 'number'
      ? null
      : low >= high
        ? 'Must be more than the least'
        : null
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset can't be a grid of its own
    <div className="search-option" role="group" aria-label={field.title}>
      <span title={field.help}>{field.title}</span>
      {field.kind === 'choice' || field.kind === 'boolean' ? (
        <TagsInput
          className="wide"
          size="xs"
          label="Any of"
          data={field.kind === 'boolean' ? ['true', 'false'] : (field.choices ?? [])}
          value={draft.choices}
          onChange={(choices) =>
            onChange({
              choices: choices.filter((one) => field.kind === 'boolean' || field.choices?.includes(one)),
            })
          }
        />
      ) : (
        <>
          <NumberInput
            label="Least"
            value={low}
            allowDecimal={!whole}
            decimalScale={8}
            {...(field.min === undefined ? {} : { min: field.min })}
            error={log && typeof low === 'number' && low <= 0 ? 'More than 0 for a log scale' : null}
            onChange={(value) => onChange({ low: value })}
          />
          <NumberInput
            label="Most"
            value={high}
            allowDecimal={!whole}
            decimalScale={8}
            {...(field.max === undefined ? {} : { max: field.max })}
            error={wrong}
            onChange={(value) => onChange({ high: value })}
          />
          <Switch
            size="xs"
            mb={6}
            label="Log scale"
            checked={log}
            onChange={(event) => onChange({ log: event.currentTarget.checked })}
          />
        </>
      )}
      <ActionIcon aria-label={`Don’t search ${field.title}`} onClick={props.onRemove}>
        <X size={14} />
      </ActionIcon>
    </div>
  )
}

import { Button, Progress, Select } from '@mantine/core'
import { useState } from 'react'
import type { DatasetVersion } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { formatNumber, formatPercent } from '../../../components/format.ts'
import { Facts } from '../../../components/inspector.tsx'
import { notifyError } from '../../../components/notices.tsx'
import { Section } from '../../../components/section.tsx'
import { useQuery } from '../../../components/use-query.ts'
import { isUnfinished, useJob } from '../../../stores/jobs-store.ts'
import type { SampleFilter } from '../sample-filter.ts'
import { useModelChoices } from './model-choice.ts'

const outcomes = [
  { value: 'right', label: 'Right' },
  { value: 'wrong', label: 'Wrong' },
  { value: 'confident-wrong', label: 'Confidently wrong' },
] as const

type Prediction = NonNullable<SampleFilter['prediction']>

/** Asks a model about every picture, and filters by what it says. */
export function PredictionSection({
  version,
  chosen,
  onChange,
}: {
  version: DatasetVersion
  chosen: Prediction | null
  onChange: (prediction: Prediction | null) => void
}) {
  const predictions = useQuery(
    'datasets.predictions',
    { versionId: version.id },
    { refreshOn: (event) => event.type === 'dataset.changed' && event.datasetId === version.datasetId },
  )
  const choices = useModelChoices()
  const [wanted, setWanted] = useState<string | null>(null)
  const [jobId, setJobId] = useState<string | null>(null)
  const job = useJob(jobId)
  const asked = predictions.data ?? []
  const current = asked.find(({ id }) => id === chosen?.id)
  const unasked = choices.filter(({ source }) =>
    asked.every((each) => JSON.stringify(each.source) !== JSON.stringify(source)),
  )
  const choice = unasked.find(({ value }) => value === wanted) ?? unasked[0]
  const ask = () => {
    if (!choice) return
    call('datasets.predict', { versionId: version.id, source: choice.source })
      .then((begun) => setJobId(begun.jobId))
      .catch(notifyError)
  }
  return (
    <Section title="Predictions">
      {asked.length > 0 && (
        <Select
          aria-label="Predictions of"
          placeholder="Filter by a model's answers"
          clearable
          data={asked.map(({ id, title }) => ({ value: id, label: title }))}
          value={current?.id ?? null}
          onChange={(id) => onChange(id === null ? null : { id })}
        />
      )}
      {current && (
        <>
          <Facts
            items={[
              ['Right', formatNumber(current.right, 7)],
              ['Wrong', formatNumber(current.wrong, 7)],
              ['Confidently', current.wrong === 0 ? null : formatNumber(current.confidentWrong, 7)],
              [
                'Share right',
                current.right + current.wrong === 0
                  ? 'no picture has a class'
                  : formatPercent(current.right / (current.right + current.wrong)),
              ],
              ['Seen', current.seen === null ? 'not known' : `${formatNumber(current.seen, 7)} in training`],
            ]}
          />
          <div className="prediction-filter">
            <Select
              aria-label="Outcome"
              placeholder="Right and wrong"
              clearable
              data={[...outcomes]}
              value={chosen?.outcome ?? null}
              onChange={(value) => {
                const outcome = outcomes.find((each) => each.value === value)?.value
                onChange({
                  id: current.id,
                  ...(chosen?.label === undefined ? {} : { label: chosen.label }),
                  ...(chosen?.seen === undefined ? {} : { seen: chosen.seen }),
                  ...(outcome ? { outcome } : {}),
                })
              }}
            />
            <Select
              aria-label="Predicted as"
              placeholder="As any class"
              clearable
              searchable
              data={current.labels}
              value={chosen?.label ?? null}
              onChange={(label) =>
                onChange({
                  id: current.id,
                  ...(chosen?.outcome ? { outcome: chosen.outcome } : {}),
                  ...(chosen?.seen === undefined ? {} : { seen: chosen.seen }),
                  ...(label === null ? {} : { label }),
                })
              }
            />
            <Select
              aria-label="Seen in training"
              placeholder="Seen in training or not"
              clearable
              disabled={current.seen === null}
              data={[
                { value: 'no', label: 'Not seen in training' },
                { value: 'yes', label: 'Seen in training' },
              ]}
              value={chosen?.seen === undefined ? null : chosen.seen ? 'yes' : 'no'}
              onChange={(seen) =>
                onChange({
                  id: current.id,
                  ...(chosen?.outcome ? { outcome: chosen.outcome } : {}),
                  ...(chosen?.label === undefined ? {} : { label: chosen.label }),
                  ...(seen === null ? {} : { seen: seen === 'yes' }),
                })
              }
            />
          </div>
        </>
      )}
      {job && isUnfinished(job) ? (
        <div className="map-progress">
          <Progress value={job.progress.value * 100} size={4} aria-label={`Progress of ${job.title}`} />
          <span className="dim">{job.progress.message}</span>
        </div>
      ) : choice ? (
        <div className="prediction-ask">
          <Select
            aria-label="Model to ask"
            allowDeselect={false}
            data={unasked.map(({ value, label }) => ({ value, label }))}
            value={choice.value}
            onChange={setWanted}
          />
          <Button variant="default" onClick={ask}>
            Predict
          </Button>
        </div>
      ) : (
        asked.length === 0 && (
          <p className="dim map-note">Train a model first: it can then be asked about every picture here.</p>
        )
      )}
      {job?.status === 'failed' && job.error && <p className="map-note">{job.error.message}</p>}
    </Section>
  )
}

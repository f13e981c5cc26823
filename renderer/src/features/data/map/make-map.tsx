import { Button, Collapse, NumberInput, Popover, Progress, Select } from '@mantine/core'
import { Map as MapIcon, Plus, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { DatasetVersion, Job, MapSource } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { EmptyState } from '../../../components/empty-state.tsx'
import { formatDuration } from '../../../components/format.ts'
import { jobPath } from '../../../components/job-result.ts'
import { notifyError } from '../../../components/notices.tsx'
import { isUnfinished, putJob, useJobList, whenJobEnds } from '../../../stores/jobs-store.ts'
import { useModelChoices } from '../predictions/model-choice.ts'

/** The newest job that maps this version. */
function useMapJob(version: DatasetVersion): Job | undefined {
  const begins = `Map ${version.datasetName} v${version.number} `
  return useJobList().find(({ kind, title }) => kind === 'dataset-embedding' && title.startsWith(begins))
}

function useMake(version: DatasetVersion) {
  const [, navigate] = useLocation()
  return async (source: MapSource, seed: number, neighbours: number) => {
    try {
      const { jobId } = await call('datasets.makeMap', { versionId: version.id, source, seed, neighbours })
      void whenJobEnds(jobId).then((job) => {
        const path = jobPath(job)
        // Only who still waits here is led on.
        if (job.status === 'succeeded' && path && window.location.pathname === `/data/${version.id}/map`)
          navigate(path, { replace: true })
      })
    } catch (cause) {
      notifyError(cause)
    }
  }
}

function MapProgress({ job }: { job: Job }) {
  const { value, message, remainingMs } = job.progress
  return (
    <div className="map-progress">
      <Progress value={value * 100} size={4} aria-label={`Progress of ${job.title}`} />
      <span className="dim tabular">
        {job.status === 'queued' ? 'Waits for a job before it' : message}
        {remainingMs !== null && remainingMs >= 1000 && `, ${formatDuration(remainingMs)} left`}
      </span>
      <Button
        size="compact-xs"
        variant="subtle"
        onClick={() => call('jobs.cancel', { jobId: job.id }).then(putJob).catch(notifyError)}
      >
        Cancel
      </Button>
    </div>
  )
}

function MapForm({ version, onMake }: { version: DatasetVersion; onMake: () => void }) {
  const choices = useModelChoices()
  const [by, setBy] = useState('pixels')
  const [seed, setSeed] = useState(42)
  const [neighbours, setNeighbours] = useState(15)
  const make = useMake(version)
  const source: MapSource = choices.find(({ value }) => value === by)?.source ?? { kind: 'pixels' }
  return (
    <form
      className="map-form"
      onSubmit={(event) => {
        event.preventDefault()
        onMake()
        void make(source, seed, neighbours)
      }}
    >
      <Select
        label="Alike by"
        size="xs"
        allowDeselect={false}
        comboboxProps={{ withinPortal: false }}
        data={[{ value: 'pixels', label: 'Their pixels' }, ...choices]}
        value={by}
        onChange={(value) => value !== null && setBy(value)}
      />
      <NumberInput
        label="Neighbours"
        description="Fewer show small groups, more the large picture"
        min={2}
        max={100}
        value={neighbours}
        onChange={(value) => setNeighbours(Number(value) || 15)}
      />
      <NumberInput
        label="Seed"
        description="The same seed makes the same map"
        min={0}
        value={seed}
        onChange={(value) => setSeed(Number(value) || 0)}
      />
      <Button type="submit">Make the map</Button>
    </form>
  )
}

/** Makes another map, and shows one that is being made. */
export function MakeMap({ version }: { version: DatasetVersion }) {
  const [open, setOpen] = useState(false)
  const job = useMapJob(version)
  if (job && isUnfinished(job)) return <MapProgress job={job} />
  return (
    <Popover opened={open} onChange={setOpen} width={280} trapFocus shadow="md">
      <Popover.Target>
        <Button variant="default" leftSection={<Plus size={14} />} onClick={() => setOpen(!open)}>
          New map
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <MapForm version={version} onMake={() => setOpen(false)} />
      </Popover.Dropdown>
    </Popover>
  )
}

/** What a version without a map says: what one is for, and the button that makes it. */
export function MapStart({ version }: { version: DatasetVersion }) {
  const [more, setMore] = useState(false)
  const make = useMake(version)
  const job = useMapJob(version)
  if (job && isUnfinished(job))
    return (
      <EmptyState
        icon={MapIcon}
        title="Making the map"
        text="You can leave: it goes on, and waits for you here."
      >
        <MapProgress job={job} />
      </EmptyState>
    )
  const failed = job?.status === 'failed' ? job.error : null
  return (
    <EmptyState
      icon={failed ? TriangleAlert : MapIcon}
      title={failed ? 'The map could not be made' : 'No map yet'}
      text={
        failed?.message ??
        'A map lays the pictures out so that alike ones lie near one another: mislabelled pictures stand among another class, duplicates and odd ones show as islands.'
      }
    >
      <Button onClick={() => void make({ kind: 'pixels' }, 42, 15)}>
        {failed ? 'Try again by pixels' : 'Make the map'}
      </Button>
      <Button variant="subtle" aria-expanded={more} onClick={() => setMore(!more)}>
        Choose how
      </Button>
      <Collapse expanded={more} className="map-choose">
        <MapForm version={version} onMake={() => setMore(false)} />
      </Collapse>
    </EmptyState>
  )
}

import { Button, NumberInput, Popover, Progress } from '@mantine/core'
import { CircleStop, PackagePlus, Pause, Play } from 'lucide-react'
import { useMemo, useState } from 'react'
import { Link } from 'wouter'
import type { ProcedureOutput, Run, Study } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { LineChart } from '../../../components/charts/line-chart.tsx'
import { type CoordinateAxis, ParallelCoordinates } from '../../../components/charts/parallel-coordinates.tsx'
import { colourOfPlace } from '../../../components/charts/run-colours.ts'
import { ScatterChart } from '../../../components/charts/scatter-chart.tsx'
import { rampColour } from '../../../components/charts/value-ramp.ts'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { formatNumber, formatPercent } from '../../../components/format.ts'
import { Inspector } from '../../../components/inspector.tsx'
import { notifyError } from '../../../components/notices.tsx'
import { PageLayout } from '../../../components/page-layout.tsx'
import { Section } from '../../../components/section.tsx'
import { SkeletonRows } from '../../../components/skeleton-rows.tsx'
import { useQuery } from '../../../components/use-query.ts'
import { useJob } from '../../../stores/jobs-store.ts'
import { RegisterDialog } from '../register-dialog.tsx'
import { endedTrials, optionTitle, studyStatusWords } from './study-words.ts'
import { TrialTable } from './trial-table.tsx'
import './studies.css'

const crumbs = [
  { label: 'Runs', href: '/runs' },
  { label: 'Studies', href: '/runs/studies' },
]

/** A study: how far it is, what it has found, which options matter. */
export function StudyView({ studyId }: { studyId: string }) {
  const query = useQuery(
    'tuning.get',
    { studyId },
    {
      refreshOn: (event) =>
        (event.type === 'study.changed' && event.studyId === studyId) ||
        (event.type === 'job.ended' && event.job.kind === 'tuning'),
    },
  )
  if (query.data) return <StudyPage answer={query.data} reload={query.reload} />
  return (
    <PageLayout title="Study" crumbs={crumbs}>
      {query.error ? (
        <div className="page-scroll">
          <ErrorPanel title="The study could not be shown" error={query.error} retry={query.reload} />
        </div>
      ) : (
        <SkeletonRows />
      )}
    </PageLayout>
  )
}

function StudyPage({ answer, reload }: { answer: ProcedureOutput<'tuning.get'>; reload: () => void }) {
  const { study, trials, importances } = answer
  const [emphasis, setEmphasis] = useState<string | null>(null)
  const [best, setBest] = useState<Run | null>(null)
  const presets = useQuery('training.presets', {})
  const fields = presets.data?.flatMap(({ options }) => options) ?? []
  const titleOf = (key: string) => optionTitle(fields, key)
  const running = study.status === 'running'
  const act = (name: 'tuning.pause' | 'tuning.stop') =>
    call(name, { studyId: study.id }).then(reload, notifyError)
  const resume = (more?: number) =>
    call('tuning.resume', { studyId: study.id, ...(more === undefined ? {} : { trials: more }) }).then(
      reload,
      notifyError,
    )
  const promote = async () => {
    if (!study.best) return
    try {
      setBest(await call('runs.get', { runId: study.best.runId }))
    } catch (cause) {
      notifyError(cause)
    }
  }
  const charts = useCharts(answer, titleOf)
  const toolbar = (
    <>
      <span className="runs-count" />
      {running && (
        <>
          <Button
            variant="default"
            leftSection={<Pause size={14} />}
            onClick={() => void act('tuning.pause')}
          >
            Pause
          </Button>
          <Button
            variant="default"
            leftSection={<CircleStop size={14} />}
            onClick={() => void act('tuning.stop')}
          >
            End now
          </Button>
        </>
      )}
      {!running && endedTrials(study) < study.trials && study.status !== 'finished' && (
        <Button leftSection={<Play size={14} />} onClick={() => void resume()}>
          Go on
        </Button>
      )}
      {!running && <MoreTrials study={study} onMore={resume} />}
      {study.best && (
        <Button leftSection={<PackagePlus size={14} />} disabled={running} onClick={() => void promote()}>
          Register the best
        </Button>
      )}
    </>
  )
  return (
    <PageLayout
      title={study.name}
      crumbs={crumbs}
      toolbar={toolbar}
      inspector={<StudyInspector study={study} titleOf={titleOf} importances={importances} />}
    >
      <div className="page-scroll">
        <StudyProgress study={study} />
        {trials.length === 0 ? (
          <p className="dim">The first trial begins as soon as the jobs before it have ended.</p>
        ) : (
          <>
            <div className="chart-board">
              <LineChart title={study.objective} series={charts.history} xTitle="trial" height={220} legend />
              {charts.slices.map((slice) => (
                <ScatterChart
                  key={slice.key}
                  title={`${study.objective} by ${titleOf(slice.key)}`}
                  points={slice.points}
                  logarithmic={slice.logarithmic}
                  {...(slice.choices ? { choices: slice.choices } : {})}
                  height={220}
                  emphasis={emphasis}
                  onEmphasis={setEmphasis}
                  hrefOf={hrefOf}
                />
              ))}
            </div>
            <ParallelCoordinates
              title="All options together"
              axes={charts.axes}
              rows={charts.rows}
              emphasis={emphasis}
              onEmphasis={setEmphasis}
              hrefOf={hrefOf}
            />
            <Section title="Trials">
              <TrialTable
                study={study}
                trials={trials}
                titleOf={titleOf}
                emphasis={emphasis}
                onEmphasis={setEmphasis}
              />
            </Section>
          </>
        )}
      </div>
      {best && <RegisterDialog run={best} opened onClose={() => setBest(null)} />}
    </PageLayout>
  )
}

const hrefOf = (runId: string): string => `/runs/${runId}`

/** What the charts draw of the trials that have a value. */
function useCharts({ study, trials }: ProcedureOutput<'tuning.get'>, titleOf: (key: string) => string) {
  const { space, objective, direction } = study
  return useMemo(() => {
    const known = trials.flatMap((trial) => (trial.value === null ? [] : [{ ...trial, value: trial.value }]))
    const values = known.map(({ value }) => value).sort((a, b) => a - b)
    const minimize = direction === 'minimize'
    // By rank: one bad trial must not make all others look alike.
    const colourOf = (value: number) => {
      const rank = values.length > 1 ? values.indexOf(value) / (values.length - 1) : 1
      return rampColour(minimize ? 1 - rank : rank)
    }
    let best = minimize ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
    const bests = known.map(({ value }) => {
      best = minimize ? Math.min(best, value) : Math.max(best, value)
      return best
    })
    const numbers = known.map(({ number }) => number)
    const series = (id: string, name: string, place: number, y: number[]) => ({
      id,
      name,
      colour: colourOfPlace(place),
      x: numbers,
      y,
    })
    return {
      history: [
        series(
          'trial',
          'Trial',
          0,
          known.map(({ value }) => value),
        ),
        series('best', 'Best so far', 1, bests),
      ],
      slices: Object.entries(space).map(([key, range]) => {
        const choices = range.kind === 'choice' ? range.choices.map(String) : undefined
        return {
          key,
          choices,
          logarithmic: range.kind !== 'choice' && range.log,
          points: known.map(({ runId, number, parameters, value }) => ({
            id: runId,
            title: `Trial ${number}`,
            x: choices ? choices.indexOf(String(parameters[key])) : Number(parameters[key]),
            y: value,
            colour: colourOf(value),
          })),
        }
      }),
      axes: [
        ...Object.entries(space).map(
          ([key, range]): CoordinateAxis => ({
            key,
            title: titleOf(key),
            ...(range.kind === 'choice'
              ? { choices: range.choices.map(String) }
              : { logarithmic: range.log }),
          }),
        ),
        { key: '', title: objective },
      ],
      rows: known.map(({ runId, number, parameters, value }) => ({
        id: runId,
        title: `Trial ${number}`,
        colour: colourOf(value),
        values: {
          ...Object.fromEntries(
            Object.entries(parameters).map(([key, one]) => [
              key,
              typeof one === 'boolean' ? String(one) : one,
            ]),
          ),
          '': value,
        },
      })),
    }
  }, [space, objective, direction, trials, titleOf])
}

function MoreTrials({ study, onMore }: { study: Study; onMore: (trials: number) => void }) {
  const [trials, setTrials] = useState<number | string>(study.trials + 10)
  const [opened, setOpened] = useState(false)
  const least = endedTrials(study) + 1
  const valid = typeof trials === 'number' && trials >= least
  return (
    <Popover opened={opened} onChange={setOpened} trapFocus position="bottom-end">
      <Popover.Target>
        <Button variant="default" onClick={() => setOpened((before) => !before)}>
          More trials
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          className="dialog-form"
          onSubmit={(event) => {
            event.preventDefault()
            if (!valid) return
            setOpened(false)
            onMore(trials)
          }}
        >
          <NumberInput label="Trials in all" min={least} max={10_000} value={trials} onChange={setTrials} />
          <Button type="submit" disabled={!valid}>
            Go on
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  )
}

function StudyProgress({ study }: { study: Study }) {
  const job = useJob(study.jobId)
  const ended = endedTrials(study)
  if (study.status === 'running')
    return (
      <section className="run-progress" aria-label="Progress">
        <Progress value={(100 * ended) / study.trials} size={6} aria-label={`Progress of ${study.name}`} />
        <div className="run-progress-facts tabular">
          <span>
            {ended} of {study.trials} trials
          </span>
          <span>{study.counts.running} running</span>
          {job?.progress.remainingMs != null && (
            <span>about {Math.max(1, Math.round(job.progress.remainingMs / 60_000))} min left</span>
          )}
        </div>
      </section>
    )
  const words: Partial<Record<Study['status'], string>> = {
    paused: 'Paused. It goes on with the next trial.',
    cancelled: 'Cancelled. Its trials so far are kept.',
    interrupted: 'The engine stopped. It goes on with the trials that ran, from their checkpoints.',
  }
  const text = words[study.status]
  if (study.status === 'failed' && job?.error)
    return <ErrorPanel title="The study failed" error={job.error} />
  return text ? (
    <p className="run-note" role="status">
      {text}
    </p>
  ) : null
}

function StudyInspector(props: {
  study: Study
  titleOf: (key: string) => string
  importances: ProcedureOutput<'tuning.get'>['importances']
}) {
  const { study, titleOf, importances } = props
  const { best, counts } = study
  return (
    <Inspector label="Details of the study">
      <Section title="Best">
        {best ? (
          <dl className="facts">
            <div>
              <dt className="truncate">{study.objective}</dt>
              <dd className="tabular">{formatNumber(best.value ?? Number.NaN, 4)}</dd>
            </div>
            <div>
              <dt>Run</dt>
              <dd>
                <Link href={`/runs/${best.runId}`}>Trial {best.number}</Link>
              </dd>
            </div>
            {Object.entries(best.parameters).map(([key, value]) => (
              <div key={key}>
                <dt>{titleOf(key)}</dt>
                <dd className="tabular">{typeof value === 'number' ? formatNumber(value) : String(value)}</dd>
              </div>
            ))}
          </dl>
        ) : (
          <p className="dim">No trial has a value yet.</p>
        )}
      </Section>
      <Section title="What matters">
        {importances.length === 0 ? (
          <p className="dim">Said from 4 complete trials on.</p>
        ) : (
          <ul className="importances" aria-label="Importance of options">
            {importances.map(({ name, importance }) => (
              <li key={name}>
                <span className="truncate">{titleOf(name)}</span>
                <span className="importance-bar" style={{ width: `${Math.max(1, 100 * importance)}%` }} />
                <span className="tabular dim">{formatPercent(importance)}</span>
              </li>
            ))}
          </ul>
        )}
      </Section>
      <Section title="Study">
        <dl className="facts">
          <div>
            <dt>Status</dt>
            <dd>{studyStatusWords[study.status]}</dd>
          </div>
          <div>
            <dt>Trials</dt>
            <dd>
              {counts.complete} complete, {counts.pruned} given up, {counts.failed} failed
            </dd>
          </div>
          <div>
            <dt>Sampler</dt>
            <dd>{study.sampler}</dd>
          </div>
          <div>
            <dt>Pruner</dt>
            <dd>{study.pruner}</dd>
          </div>
          <div>
            <dt>Side by side</dt>
            <dd>{study.parallel}</dd>
          </div>
          <div>
            <dt>Seed</dt>
            <dd>{study.seed}</dd>
          </div>
          <div>
            <dt>Dataset</dt>
            <dd>
              <Link href={`/data/${study.datasetVersionId}`}>{study.datasetLabel}</Link>
            </dd>
          </div>
          <div>
            <dt>Run</dt>
            <dd>
              <Link href={`/runs/${study.runId}`}>The study’s own run</Link>
            </dd>
          </div>
        </dl>
      </Section>
    </Inspector>
  )
}

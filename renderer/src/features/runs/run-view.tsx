import { Button, Menu, SegmentedControl, Switch } from '@mantine/core'
import { Ban, CircleStop, Ellipsis, PackagePlus } from 'lucide-react'
import { useCallback, useMemo, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { formatSeconds } from '../../../../core/contract/axis-ticks.ts'
import type { BackendId, Run } from '../../../../core/contract/index.ts'
import { call } from '../../client/rpc.ts'
import { LineChart } from '../../components/charts/line-chart.tsx'
import { subsetColours } from '../../components/charts/run-colours.ts'
import { type Smoothing, unsmoothed } from '../../components/charts/smoothing.ts'
import { confirm } from '../../components/confirm.tsx'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { Inspector } from '../../components/inspector.tsx'
import { notify, notifyError } from '../../components/notices.tsx'
import { PageLayout } from '../../components/page-layout.tsx'
import { Section } from '../../components/section.tsx'
import { SkeletonRows } from '../../components/skeleton-rows.tsx'
import { useQuery } from '../../components/use-query.ts'
import { putJob, useJob } from '../../stores/jobs-store.ts'
import { AlertsNote } from './alerts-note.tsx'
import { ConsoleSection } from './console/console-section.tsx'
import { evaluationPath } from './evaluation.ts'
import { EvaluationSection } from './evaluation-section.tsx'
import { curveOf, type XAxisKind } from './live-series.ts'
import { compareMetricKeys, curveKeysOf, epochKey, groupByQuantity, splitMetric } from './metric-keys.ts'
import { NoteSection } from './note-section.tsx'
import { OverSteps } from './over-steps/over-steps.tsx'
import { RegisterDialog } from './register-dialog.tsx'
import { regressionPath } from './regression.ts'
import { RegressionSection } from './regression-section.tsx'
import { RenameDialog } from './rename-dialog.tsx'
import { ReproductionNote } from './reproduction-note.tsx'
import { colourOfRun } from './run-colour.ts'
import { MetricTable, PairsSection, RunFacts } from './run-facts.tsx'
import { ArtifactBrowser } from './run-files/artifact-browser.tsx'
import { CodeSection, EnvironmentSection, InputsSection } from './run-origin.tsx'
import { RunProgress } from './run-progress.tsx'
import { DivergedBatch, StepBatchSection } from './step-batch-section.tsx'
import { SystemSection } from './system-section.tsx'
import { TagsSection } from './tags-section.tsx'
import { useUrlState } from './url-state.ts'
import { useNow } from './use-now.ts'
import { useSeries } from './use-series.ts'

const crumbs = [{ label: 'Runs', href: '/runs' }]
const smoothed: Smoothing = { kind: 'average', weight: 0.9 }

const axisTitles = { step: 'step', epoch: 'epoch', time: 'time' } satisfies Partial<Record<XAxisKind, string>>

const isAxis = (text: string | null): text is keyof typeof axisTitles =>
  text !== null && Object.hasOwn(axisTitles, text)

/** A whole step of 1 or more; null for anything else that an address may hold. */
function stepIn(text: string | null): number | null {
  const step = Number(text)
  return text !== null && Number.isSafeInteger(step) && step >= 1 ? step : null
}

function RunCharts({ run }: { run: Run }) {
  const url = useUrlState()
  const asked = url.get('x')
  const by = isAxis(asked) ? asked : 'step'
  const logarithmic = url.get('log') === '1'
  const raw = url.get('raw') === '1'
  const trainedHere = run.jobId !== null && run.datasetVersionId !== null
  const batchStep = stepIn(url.get('batch'))
  const showBatch = useCallback(
    (step: number | null) => url.set({ batch: step === null ? null : String(step) }),
    [url.set],
  )
  const running = run.status === 'RUNNING' || run.status === 'SCHEDULED'
  // A young run has no metrics yet: ask for those that a training is going to log.
  const keys = useMemo(() => {
    const own = curveKeysOf([run])
    const expected = ['train_loss', 'validation_loss', 'train_accuracy', 'validation_accuracy']
    return [...new Set(running ? [...expected, ...own] : own)].sort(compareMetricKeys)
  }, [run, running])
  const { curves: logged, error, reload, loading } = useSeries([run.id], keys, by, running)
  const curves = useMemo(
    () =>
      groupByQuantity(keys).map(({ quantity, keys: grouped }) => ({
        quantity,
        series: grouped.flatMap((key) => {
          const found = logged.find((one) => one.key === key)
          const { subset } = splitMetric(key)
          return found
            ? [
                {
                  id: key,
                  name: subset ?? key,
                  colour: (subset && subsetColours[subset]) ?? colourOfRun(run),
                  ...curveOf(found, by, {
                    startTime: run.startTime,
                    other: logged.find((one) => one.key === epochKey),
                  }),
                },
              ]
            : []
        }),
      })),
    [keys, logged, by, run],
  )
  if (error) return <ErrorPanel title="The curves could not be loaded" error={error} retry={reload} />
  if (keys.length === 0) return <p className="dim">This run has logged no curves.</p>
  return (
    <>
      <div className="chart-controls">
        <SegmentedControl
          aria-label="Horizontal axis"
          value={by}
          onChange={(value) => url.set({ x: value === 'step' ? null : value })}
          data={[
            { value: 'step', label: 'Step' },
            { value: 'epoch', label: 'Epoch' },
            { value: 'time', label: 'Time' },
          ]}
        />
        <Switch
          size="xs"
          label="Smooth"
          checked={!raw}
          onChange={(event) => url.set({ raw: event.currentTarget.checked ? null : '1' })}
        />
        <Switch
          size="xs"
          label="Log scale"
          checked={logarithmic}
          onChange={(event) => url.set({ log: event.currentTarget.checked ? '1' : null })}
        />
      </div>
      <div className="chart-board" aria-busy={loading}>
        {curves.map(({ quantity, series: own }) => (
          <LineChart
            key={quantity}
            title={quantity}
            series={own}
            xTitle={axisTitles[by]}
            formatX={by === 'time' ? formatSeconds : undefined}
            logarithmic={logarithmic}
            smoothing={raw ? unsmoothed : smoothed}
            height={240}
            legend
            cursorGroup={run.id}
            onPick={trainedHere && by === 'step' ? showBatch : undefined}
          />
        ))}
      </div>
      {trainedHere && by === 'step' && batchStep === null && (
        <p className="dim">
          Click a point, or press Enter on it, to see the samples that its step learnt from.
        </p>
      )}
      {trainedHere && batchStep !== null && (
        <StepBatchSection runId={run.id} step={batchStep} onStep={showBatch} />
      )}
    </>
  )
}

const isEnvironment = (key: string) => key.startsWith('environment.')

function withKeys(
  pairs: Record<string, string>,
  keep: (key: string) => boolean,
  drop = 0,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(pairs)
      .filter(([key]) => keep(key))
      .map(([key, value]) => [key.slice(drop), value]),
  )
}

/** One run: live curves, numbers, what it was trained with, and what to do with its model. */
export function RunView({ runId }: { runId: string }) {
  const [, navigate] = useLocation()
  const query = useQuery(
    'runs.get',
    { runId },
    {
      refreshOn: (event) =>
        (event.type === 'run.changed' || event.type === 'run.metricsLogged') && event.runId === runId,
    },
  )
  const run = query.data
  const known = useJob(run?.jobId)
  const asked = useQuery('jobs.get', { jobId: run?.jobId ?? '' }, { enabled: Boolean(run?.jobId) && !known })
  const job = known ?? asked.data
  const running = run?.status === 'RUNNING' || run?.status === 'SCHEDULED'
  const now = useNow(running)
  const [dialog, setDialog] = useState<'register' | 'rename' | null>(null)
  const [stopping, setStopping] = useState(false)
  const runs = useMemo(() => (run ? [run] : []), [run])
  const [menuOpened, setMenuOpened] = useState(false)
  // Finding out takes seconds of the machine, and only the menu needs to know.
  const backends = useQuery('training.backends', {}, { enabled: menuOpened })

  if (!run)
    return (
      <PageLayout title="Run" crumbs={crumbs}>
        {query.error ? (
          <div className="page-scroll">
            <ErrorPanel title="The run could not be shown" error={query.error} retry={query.reload} />
          </div>
        ) : (
          <SkeletonRows />
        )}
      </PageLayout>
    )

  const stop = async () => {
    setStopping(true)
    try {
      query.set(await call('training.stop', { runId }))
      notify({
        kind: 'info',
        message: 'The training ends after the step in work and keeps the best weights.',
      })
    } catch (cause) {
      setStopping(false)
      notifyError(cause)
    }
  }
  const cancel = async () => {
    if (!job) return
    const sure = await confirm({
      title: 'Cancel the training?',
      message: `${run.name} ends without a model. To keep the best weights so far, stop it instead.`,
      action: 'Cancel the training',
      danger: true,
    })
    if (sure) call('jobs.cancel', { jobId: job.id }).then(putJob).catch(notifyError)
  }
  const setDeleted = (deleted: boolean) =>
    call(deleted ? 'runs.delete' : 'runs.restore', { runIds: [runId] })
      .then(() => {
        query.reload()
        notify(
          deleted
            ? {
                kind: 'info',
                message: `${run.name} is deleted. It can be restored.`,
                action: { label: 'Undo', run: () => void setDeleted(false) },
              }
            : { kind: 'success', message: `${run.name} is restored.` },
        )
      })
      .catch(notifyError)

  const reproduce = (backend?: BackendId) =>
    call('runs.reproduce', { runId, ...(backend === undefined ? {} : { backend }) })
      .then(({ runId: fresh }) => navigate(`/runs/${fresh}`))
      .catch(notifyError)

  const canReproduce = run.status === 'FINISHED' && run.datasetVersionId !== null
  const otherBackends = (backends.data ?? []).filter(
    ({ id, available }) => available && id !== run.params['backend'],
  )

  const evaluation = run.artifacts.find((artifact) => artifact.path === evaluationPath)
  const regression = run.artifacts.find((artifact) => artifact.path === regressionPath)
  const toolbar = (
    <>
      {running && run.jobId !== null && (
        <>
          <Button
            leftSection={<CircleStop size={14} />}
            loading={stopping}
            disabled={run.status !== 'RUNNING'}
            onClick={stop}
          >
            Stop and keep the best weights
          </Button>
          <Button variant="default" leftSection={<Ban size={14} />} disabled={!job} onClick={cancel}>
            Cancel
          </Button>
        </>
      )}
      {run.hasModel && (
        <Button leftSection={<PackagePlus size={14} />} onClick={() => setDialog('register')}>
          Register model
        </Button>
      )}
      {canReproduce && (
        <Button variant="default" onClick={() => reproduce()}>
          Reproduce
        </Button>
      )}
      {run.datasetVersionId && !running && (
        <Button variant="default" onClick={() => navigate(`/runs/new?dataset=${run.datasetVersionId}`)}>
          Train another
        </Button>
      )}
      <Menu position="bottom-end" onChange={setMenuOpened}>
        <Menu.Target>
          <Button variant="default" aria-label="More actions" px={8}>
            <Ellipsis size={14} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setDialog('rename')}>Rename</Menu.Item>
          {canReproduce &&
            otherBackends.map(({ id, title }) => (
              <Menu.Item key={id} onClick={() => reproduce(id)}>
                Reproduce on {title}
              </Menu.Item>
            ))}
          {run.lifecycle === 'active' ? (
            <Menu.Item disabled={running} onClick={() => void setDeleted(true)}>
              Delete
            </Menu.Item>
          ) : (
            <Menu.Item onClick={() => void setDeleted(false)}>Restore</Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
    </>
  )

  return (
    <PageLayout
      title={run.name}
      crumbs={crumbs}
      toolbar={toolbar}
      inspector={
        <Inspector label="Details of the run">
          <Section title="Run">
            <RunFacts run={run} now={now} />
          </Section>
          <PairsSection title="Params" pairs={withKeys(run.params, (key) => !isEnvironment(key))} />
          <InputsSection runId={runId} />
          <CodeSection run={run} />
          <EnvironmentSection run={run} params={withKeys(run.params, isEnvironment, 'environment.'.length)} />
          <TagsSection run={run} onChanged={query.reload} />
        </Inspector>
      }
    >
      <div className="page-scroll">
        {run.lifecycle === 'deleted' && (
          <p className="run-note" role="status">
            This run is deleted. <Link href="/runs?deleted=1">Show deleted runs</Link>
          </p>
        )}
        {job && <RunProgress run={run} job={job} onRetried={query.reload} />}
        {job?.status === 'failed' && <DivergedBatch runId={runId} details={job.error?.details} />}
        <AlertsNote runId={runId} />
        <ReproductionNote run={run} />
        <RunCharts run={run} />
        <Section title="Metrics">
          <MetricTable run={run} />
        </Section>
        <NoteSection run={run} onChanged={query.set} />
        {evaluation && (
          <EvaluationSection
            runId={run.id}
            hash={evaluation.hash}
            versionId={run.datasetVersionId}
            kept={run.artifacts.some(({ path }) => path === 'predictions.json')}
          />
        )}
        {regression && <RegressionSection hash={regression.hash} versionId={run.datasetVersionId} />}
        <OverSteps runs={runs} />
        <SystemSection run={run} />
        <ConsoleSection runId={runId} />
        <ArtifactBrowser runId={runId} />
      </div>
      <RegisterDialog run={run} opened={dialog === 'register'} onClose={() => setDialog(null)} />
      {dialog === 'rename' && (
        <RenameDialog run={run} opened onClose={() => setDialog(null)} onRenamed={query.set} />
      )}
    </PageLayout>
  )
}

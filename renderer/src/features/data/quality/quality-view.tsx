import { Button, Progress } from '@mantine/core'
import { ScanSearch, ShieldCheck, Tags } from 'lucide-react'
import { useState } from 'react'
import { useLocation, useSearchParams } from 'wouter'
import type { DatasetVersion, Finding, VersionQuality } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { EmptyState } from '../../../components/empty-state.tsx'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { formatPercent, plural } from '../../../components/format.ts'
import { notifyError } from '../../../components/notices.tsx'
import { PageLayout } from '../../../components/page-layout.tsx'
import { Section } from '../../../components/section.tsx'
import { SkeletonRows } from '../../../components/skeleton-rows.tsx'
import { TimeText } from '../../../components/time-text.tsx'
import { useQuery } from '../../../components/use-query.ts'
import { useUnfinishedJobs } from '../../../stores/jobs-store.ts'
import { type SampleFilter, writeFilter } from '../sample-filter.ts'
import { DriftSection } from './drift-section.tsx'
import { FindingList } from './finding-list.tsx'
import { nothingNarrowed } from './nothing-narrowed.ts'
import { RemedyDialog } from './remedy-dialog.tsx'
import { RulesSection } from './rules-section.tsx'
import { StatisticsSection } from './statistics-section.tsx'
import './quality.css'

const crumbs = [{ label: 'Data', href: '/data' }]

/** What is wrong with a version, whether its rules hold, how it is spread, and what changed since another. */
export function QualityView({ versionId }: { versionId: string }) {
  const version = useQuery('datasets.version', { versionId })
  const quality = useQuery(
    'datasets.quality',
    { versionId },
    { refreshOn: ({ type }) => type === 'dataset.changed' || type === 'job.ended' },
  )
  const error = version.error ?? quality.error
  if (version.data && quality.data) return <LoadedQuality version={version.data} quality={quality.data} />
  return (
    <PageLayout title={version.data?.datasetName ?? 'Dataset'} crumbs={crumbs}>
      {error ? (
        <div className="page-scroll">
          <ErrorPanel error={error} retry={quality.reload} />
        </div>
      ) : (
        <SkeletonRows rows={10} />
      )}
    </PageLayout>
  )
}

function LoadedQuality({ version, quality }: { version: DatasetVersion; quality: VersionQuality }) {
  const [, navigate] = useLocation()
  const [params, setParams] = useSearchParams()
  const [mending, setMending] = useState<Finding | null>(null)
  const running = useUnfinishedJobs().filter(({ id }) => quality.jobs.includes(id))
  const versions = useQuery(
    'datasets.versions',
    { datasetId: version.datasetId },
    { refreshOn: ({ type }) => type === 'dataset.changed' },
  )
  const start = (name: 'datasets.checkQuality' | 'datasets.findLabelErrors') =>
    call(name, { versionId: version.id }).catch(notifyError)
  const pathOf = (filter: Partial<SampleFilter>) =>
    `/data/${version.id}${writeFilter({ ...nothingNarrowed, ...filter })}`
  const { checkedAt, facts, findings } = quality
  const checking = running.some(({ kind }) => kind === 'dataset-quality')

  return (
    <PageLayout
      title={version.datasetName}
      crumbs={crumbs}
      toolbar={
        <>
          <Button
            variant="default"
            leftSection={<ScanSearch size={14} />}
            disabled={checking}
            onClick={() => void start('datasets.checkQuality')}
          >
            {checkedAt === null ? 'Check now' : 'Check again'}
          </Button>
          {version.table === null && (
            <Button
              variant="default"
              leftSection={<Tags size={14} />}
              disabled={
                version.labels.length < 2 || running.some(({ kind }) => kind === 'dataset-label-errors')
              }
              title="Trains a classifier on four fifths at a time and lists what it is sure is labelled otherwise"
              onClick={() => void start('datasets.findLabelErrors')}
            >
              Find label errors
            </Button>
          )}
          <span className="dim" role="status">
            {checkedAt !== null && (
              <>
                Checked <TimeText at={checkedAt} />
                {quality.labelErrorsAt !== null && (
                  <>
                    {', label errors '}
                    <TimeText at={quality.labelErrorsAt} />
                  </>
                )}
              </>
            )}
          </span>
        </>
      }
    >
      {running.map((job) => (
        <div key={job.id} className="quality-running">
          <span className="truncate">{job.title}</span>
          <Progress value={job.progress.value * 100} size={4} aria-label={`Progress of ${job.title}`} />
          <span className="dim tabular">
            {job.status === 'queued'
              ? 'Waiting'
              : `${formatPercent(job.progress.value)} ${job.progress.message}`}
          </span>
        </div>
      ))}
      {checkedAt === null && findings.length === 0 && !checking ? (
        <EmptyState
          icon={ScanSearch}
          title="Not checked yet"
          text="A check looks for copies, leaks between subsets, conflicting labels, odd, blank and damaged pictures, and shows how the version is spread."
        >
          <Button onClick={() => void start('datasets.checkQuality')}>Check now</Button>
        </EmptyState>
      ) : (
        <div className="page-scroll">
          {(checkedAt !== null || findings.length > 0) && (
            <Section title={findings.length === 0 ? 'Findings' : plural(findings.length, 'finding')}>
              {findings.length === 0 ? (
                <p className="quality-clean">
                  <ShieldCheck size={16} aria-hidden /> Nothing was found in{' '}
                  {plural(version.sampleCount, version.table ? 'row' : 'picture')}.
                </p>
              ) : (
                <FindingList
                  findings={findings}
                  linkTo={({ kind }, sample) =>
                    pathOf({ finding: kind, sort: 'finding', sample: sample?.ordinal ?? null })
                  }
                  onMend={setMending}
                />
              )}
            </Section>
          )}
          {facts && <RulesSection version={version} results={quality.rules} />}
          {facts && (
            <StatisticsSection version={version} facts={facts} show={(filter) => navigate(pathOf(filter))} />
          )}
          {facts && versions.data && (
            <DriftSection
              version={version}
              versions={versions.data}
              from={params.get('since')}
              onFrom={(id) =>
                setParams((before) => {
                  const next = new URLSearchParams(before)
                  if (id === null) next.delete('since')
                  else next.set('since', id)
                  return next
                })
              }
            />
          )}
        </div>
      )}
      {mending && <RemedyDialog version={version} finding={mending} onClose={() => setMending(null)} />}
    </PageLayout>
  )
}

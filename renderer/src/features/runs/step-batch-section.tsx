import { ActionIcon, Button } from '@mantine/core'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { Link } from 'wouter'
import { thumbnailUrl } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { formatNumber, plural } from '../../components/format.ts'
import { Section } from '../../components/section.tsx'
import { useQuery } from '../../components/use-query.ts'

/** What a step of a training learnt from: pictures as they lie in the dataset, each with what was to be learnt. */
export function StepBatchSection(props: {
  runId: string
  step: number
  /** Called with the step to show instead, or null for none; without it the step stays. */
  onStep?: (step: number | null) => void
}) {
  const { runId, step, onStep } = props
  const { data, error, reload } = useQuery('runs.stepBatch', { runId, step })
  // While the next batch is on its way the last one stays.
  const title = `Batch of step ${step}`
  return (
    <Section
      title={title}
      actions={
        onStep && (
          <>
            <ActionIcon
              variant="subtle"
              aria-label="The step before"
              disabled={step <= 1}
              onClick={() => onStep(step - 1)}
            >
              <ChevronLeft size={14} />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              aria-label="The next step"
              disabled={data !== undefined && step >= data.totalSteps}
              onClick={() => onStep(step + 1)}
            >
              <ChevronRight size={14} />
            </ActionIcon>
            <Button size="compact-xs" variant="subtle" onClick={() => onStep(null)}>
              Close
            </Button>
          </>
        )
      }
    >
      {error && <ErrorPanel title="The batch could not be shown" error={error} retry={reload} />}
      {data && !error && (
        <>
          <p className="dim">
            {plural(data.samples.length, 'sample')} of epoch {data.epoch}, step {data.step} of{' '}
            {data.totalSteps}, as they lie in the dataset, before any augmentation.
          </p>
          <ul className="step-batch">
            {data.samples.map(({ path, hash, label, text, value }) => {
              const learnt = text ?? label ?? (value === null ? '' : formatNumber(value))
              return (
                <li key={path}>
                  <Link
                    href={`/data/${data.datasetVersionId}?search=${encodeURIComponent(path)}`}
                    title={`${path}: ${learnt}`}
                  >
                    {hash ? (
                      <img src={thumbnailUrl(hash, 64)} alt={path} loading="lazy" width={64} height={64} />
                    ) : (
                      path
                    )}
                  </Link>
                  <span className="dim truncate">{learnt}</span>
                </li>
              )
            })}
          </ul>
        </>
      )}
    </Section>
  )
}

/** Where a training ended because its loss was no number any more: the samples of that step. */
export function DivergedBatch({
  runId,
  details,
}: {
  runId: string
  details: Record<string, unknown> | undefined
}) {
  const step = details?.['step']
  return typeof step === 'number' ? <StepBatchSection runId={runId} step={step} /> : null
}

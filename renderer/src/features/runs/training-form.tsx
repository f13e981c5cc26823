import { Button, TextInput } from '@mantine/core'
import { Database, Play } from 'lucide-react'
import { type FormEvent, type ReactNode, useState } from 'react'
import { useLocation } from 'wouter'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { PageLayout } from '../../components/page-layout.tsx'
import { Section } from '../../components/section.tsx'
import { SkeletonRows } from '../../components/skeleton-rows.tsx'
import type { useDatasetChoice } from './dataset-choice.tsx'

/** The page of a form that starts something on a dataset: what stands there until it can be filled in, then the form. */
export function TrainingFormPage(props: {
  title: string
  crumbs: { label: string; href: string }[]
  choice: ReturnType<typeof useDatasetChoice>
  error: Error | null | undefined
  /** What to do once there is a dataset, in a sentence. */
  emptyText: string
  /** Left out until all that it needs is there. */
  children: ReactNode
}) {
  const [, navigate] = useLocation()
  const { choice, children } = props
  const error = choice.error ?? props.error
  const content = () => {
    if (error)
      return (
        <div className="page-scroll">
          <ErrorPanel title="The form could not be prepared" error={error} retry={choice.reload} />
        </div>
      )
    if (choice.loading || !children) return <SkeletonRows />
    if (choice.datasets.length === 0)
      return (
        <EmptyState icon={Database} title="No dataset to train on" text={props.emptyText}>
          <Button onClick={() => navigate('/data')}>Import a dataset</Button>
        </EmptyState>
      )
    return <div className="page-scroll">{children}</div>
  }
  return (
    <PageLayout title={props.title} crumbs={props.crumbs}>
      {content()}
    </PageLayout>
  )
}

/** A form with what starts it, what gives it up, and why it could not be started. */
export function StartForm(props: {
  /** For screen readers. */
  label: string
  submit: string
  complete: boolean
  failureTitle: string
  cancelTo: string
  /** Resolves with the page to go to. */
  start: () => Promise<string>
  children: ReactNode
}) {
  const [, navigate] = useLocation()
  const [starting, setStarting] = useState(false)
  const [failure, setFailure] = useState<Error | null>(null)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!props.complete || starting) return
    setStarting(true)
    setFailure(null)
    try {
      navigate(await props.start())
    } catch (cause) {
      setFailure(cause instanceof Error ? cause : new Error(String(cause)))
      setStarting(false)
    }
  }
  return (
    <form className="form-column" onSubmit={submit} aria-label={props.label}>
      {props.children}
      {failure && <ErrorPanel title={props.failureTitle} error={failure} />}
      <div className="form-actions">
        <Button type="submit" loading={starting} disabled={!props.complete} leftSection={<Play size={14} />}>
          {props.submit}
        </Button>
        <Button variant="default" onClick={() => navigate(props.cancelTo)}>
          Cancel
        </Button>
      </div>
    </form>
  )
}

/** The name of what is started; it may stay empty. */
export function NameSection({
  noun,
  value,
  onChange,
}: {
  noun: 'run' | 'study'
  value: string
  onChange: (name: string) => void
}) {
  return (
    <Section title="Name">
      <TextInput
        label={noun === 'run' ? 'Run name' : 'Study name'}
        description={`Left empty, the ${noun} gets a name of its own.`}
        value={value}
        maxLength={200}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    </Section>
  )
}

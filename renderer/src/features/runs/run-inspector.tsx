import { Button } from '@mantine/core'
import { useLocation } from 'wouter'
import { Inspector } from '../../components/inspector.tsx'
import { Section } from '../../components/section.tsx'
import { useQuery } from '../../components/use-query.ts'
import { NoteSection } from './note-section.tsx'
import { MetricTable, PairsSection, RunFacts } from './run-facts.tsx'
import { TagsSection } from './tags-section.tsx'

/** Details of the one run that is selected in the table. */
export function RunInspector({ runId, now }: { runId: string; now: number }) {
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
  if (!run) return <Inspector label="Details of the run">{null}</Inspector>
  return (
    <Inspector label={`Details of ${run.name}`}>
      <Section
        title={run.name}
        actions={
          <Button size="compact-xs" variant="default" onClick={() => navigate(`/runs/${runId}`)}>
            Open
          </Button>
        }
      >
        <RunFacts run={run} now={now} />
      </Section>
      <NoteSection key={`note ${runId}`} run={run} onChanged={query.set} />
      <Section title="Metrics">
        <MetricTable run={run} />
      </Section>
      <PairsSection title="Params" pairs={run.params} />
      <TagsSection key={`tags ${runId}`} run={run} onChanged={query.reload} />
    </Inspector>
  )
}

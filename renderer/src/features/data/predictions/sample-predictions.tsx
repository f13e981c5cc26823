import { formatPercent } from '../../../components/format.ts'
import { Facts } from '../../../components/inspector.tsx'
import { useQuery } from '../../../components/use-query.ts'

const outcomeWords = { right: 'right', wrong: 'wrong', 'confident-wrong': 'confidently wrong' }

/** What each model says of a sample. Nothing where no model has been asked. */
export function SamplePredictions({ versionId, ordinal }: { versionId: string; ordinal: number }) {
  const told = useQuery(
    'datasets.samplePredictions',
    { versionId, ordinal },
    { refreshOn: ({ type }) => type === 'dataset.changed' },
  )
  if (!told.data || told.data.length === 0) return null
  return (
    <Facts
      items={told.data.map(({ title, label, confidence, outcome, seen }) => [
        title,
        [
          `predicted ${label} (${formatPercent(confidence)})`,
          ...(outcome === null ? [] : [outcomeWords[outcome]]),
          ...(seen === true ? ['seen in training'] : []),
        ].join(', '),
      ])}
    />
  )
}

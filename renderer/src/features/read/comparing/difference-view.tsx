import { Select } from '@mantine/core'
import type { Comparison, EngineEvent, TextPart } from '../../../../../core/contract/index.ts'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { plural } from '../../../components/format.ts'
import { Section } from '../../../components/section.tsx'
import { SkeletonRows } from '../../../components/skeleton-rows.tsx'
import { useQuery } from '../../../components/use-query.ts'

/** Each part with its place, which is its key: parts never move. */
const placed = (parts: readonly TextPart[]) => parts.map((part, at) => ({ part, key: `${at}` }))

function Truth({ parts }: { parts: readonly TextPart[] }) {
  return (
    <p className="difference-text" dir="auto">
      {placed(parts).map(({ part, key }) =>
        part.kind === 'same' ? part.text : <del key={key}>{part.truth === '' ? '\u200B' : part.truth}</del>,
      )}
    </p>
  )
}

function Reading({ parts }: { parts: readonly TextPart[] }) {
  return (
    <p className="difference-text" dir="auto">
      {placed(parts).map(({ part, key }) =>
        part.kind === 'same' ? (
          part.text
        ) : part.read === '' ? (
          <span key={key} className="difference-missing" title={`Missing: ${part.truth.trim()}`}>
            ∅{' '}
          </span>
        ) : (
          <ins key={key} title={part.truth === '' ? 'Nothing stands there' : part.truth.trim()}>
            {part.read}
          </ins>
        ),
      )}
    </p>
  )
}

/** What stands on a page beside what one way read of it, with what differs marked in both. */
export function DifferenceView({
  found,
  chosen,
  changes,
  onChoose,
}: {
  found: Comparison
  chosen: { page: number; way: number }
  changes: (event: EngineEvent) => boolean
  onChoose: (chosen: { page: number; way: number }) => void
}) {
  const { page, way } = chosen
  const query = useQuery('pages.comparisonPage', { id: found.id, page }, { refreshOn: changes })
  const shown = query.data?.ways[way]
  const differences = shown?.parts.filter(({ kind }) => kind === 'different').length ?? 0
  return (
    <Section
      title="Where it differs"
      actions={
        <div className="difference-choice">
          <Select
            aria-label="Page"
            size="xs"
            searchable={found.pages.length > 8}
            data={found.pages.map(({ name }, at) => ({ value: String(at), label: name }))}
            value={String(page)}
            allowDeselect={false}
            onChange={(value) => onChoose({ page: Number(value ?? 0), way })}
          />
          <Select
            aria-label="Way"
            size="xs"
            data={found.ways.map(({ title }, at) => ({ value: String(at), label: title }))}
            value={String(way)}
            allowDeselect={false}
            onChange={(value) => onChoose({ page, way: Number(value ?? 0) })}
          />
        </div>
      }
    >
      {query.error && <ErrorPanel error={query.error} retry={query.reload} />}
      {shown?.error && <p className="dim">{shown.error}</p>}
      {shown ? (
        <div className="difference">
          <section aria-label="What stands there">
            <h3>What stands there</h3>
            <Truth parts={shown.parts} />
          </section>
          <section aria-label="What was read">
            <h3>
              What was read
              <span className="dim" role="status">
                {differences === 0 ? 'no difference' : plural(differences, 'difference')}
              </span>
            </h3>
            <Reading parts={shown.parts} />
          </section>
        </div>
      ) : query.data === undefined && query.loading ? (
        <SkeletonRows rows={4} />
      ) : (
        <p className="dim">This page has not been read in this way yet.</p>
      )}
    </Section>
  )
}

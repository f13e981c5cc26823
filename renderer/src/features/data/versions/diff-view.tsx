import { SegmentedControl } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowRight } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Link } from 'wouter'
import type { Sample, SampleDifference, VersionDiff } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { EmptyState } from '../../../components/empty-state.tsx'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { formatNumber, plural } from '../../../components/format.ts'
import { SkeletonRows } from '../../../components/skeleton-rows.tsx'
import { useChunks } from '../../../components/use-chunks.ts'
import { useQuery } from '../../../components/use-query.ts'
import { samplePicture, showsPixels } from '../sample-picture.ts'

type Item = VersionDiff['items'][number]

const rowHeight = 84
const pictureSide = 68
const chunkSize = 100

const words: Record<SampleDifference, string> = {
  added: 'Added',
  removed: 'Removed',
  relabelled: 'Relabelled',
  changed: 'Changed',
  moved: 'Moved',
}
const kinds = Object.keys(words) as SampleDifference[]

/** What differs between two versions, picture beside picture. `change`: only this kind; null: all. */
export function DiffView({
  from,
  to,
  change,
  onChange,
}: {
  from: string
  to: string
  change: SampleDifference | null
  onChange: (change: SampleDifference | null) => void
}) {
  const pair = { fromVersionId: from, toVersionId: to }
  const facts = useQuery('datasets.diff', { ...pair, limit: 1 })
  const request = change === null ? pair : { ...pair, change }
  const items = useChunks<Item>(
    JSON.stringify(request),
    (offset, limit, signal) => call('datasets.diff', { ...request, offset, limit }, { signal }),
    { size: chunkSize },
  )
  const error = facts.error ?? items.error
  if (error)
    return (
      <div className="page-scroll">
        <ErrorPanel error={error} retry={items.reload} />
      </div>
    )
  if (!facts.data) return <SkeletonRows rows={8} />
  const { counts, unchanged } = facts.data
  const all = kinds.reduce((sum, kind) => sum + counts[kind], 0)
  return (
    <>
      <div className="diff-head">
        <SegmentedControl
          aria-label="Kind of difference"
          value={change ?? 'all'}
          onChange={(value) => onChange(value === 'all' ? null : (value as SampleDifference))}
          data={[
            { value: 'all', label: `All ${formatNumber(all)}` },
            ...kinds.map((kind) => ({
              value: kind,
              label: `${words[kind]} ${formatNumber(counts[kind])}`,
              disabled: counts[kind] === 0,
            })),
          ]}
        />
        <span className="dim tabular" role="status">
          {plural(unchanged, 'picture')} the same
        </span>
      </div>
      {all === 0 ? (
        <EmptyState
          title="The two are the same"
          text="Every picture, class and text of one is in the other."
        />
      ) : (
        <DiffRows key={JSON.stringify(request)} items={items} from={from} to={to} />
      )}
    </>
  )
}

function DiffRows({
  items,
  from,
  to,
}: {
  items: ReturnType<typeof useChunks<Item>>
  from: string
  to: string
}) {
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null)
  const rows = useVirtualizer({
    count: items.total ?? 0,
    getScrollElement: () => scroller,
    estimateSize: () => rowHeight,
    overscan: 6,
  })
  const shown = rows.getVirtualItems()
  const { show } = items
  const [first, last] = [shown[0]?.index ?? 0, shown.at(-1)?.index ?? 0]
  useEffect(() => show(first, last), [show, first, last])
  return (
    <div ref={setScroller} className="diff-rows">
      <ul aria-label="Differences" style={{ height: rows.getTotalSize() }}>
        {shown.map(({ index, start }) => (
          <li key={index} style={{ transform: `translateY(${start}px)`, height: rowHeight }}>
            <DiffRow item={items.at(index)} from={from} to={to} />
          </li>
        ))}
      </ul>
    </div>
  )
}

function Side({ sample, none }: { sample: Sample | null; none: string }) {
  if (!sample) return <span className="diff-none dim">{none}</span>
  return (
    <span className="diff-picture">
      <img
        src={samplePicture(sample, pictureSide)}
        alt={sample.path}
        loading="lazy"
        decoding="async"
        data-pixels={showsPixels(sample, pictureSide)}
      />
    </span>
  )
}

const labelText = (label: string): string => (label === '' ? 'no class' : label)

/** Old and new of one fact; one word where they are the same. */
function OldNew({ name, from, to }: { name: string; from: string; to: string }) {
  return (
    <span className="diff-fact">
      <span className="dim">{name} </span>
      {from === to ? (
        <span>{to}</span>
      ) : (
        <>
          <del>{from}</del> <span aria-hidden>→</span> <ins>{to}</ins>
        </>
      )}
    </span>
  )
}

const otherFacts: [name: string, of: (sample: Sample) => string][] = [
  ['text', ({ text }) => text ?? 'none'],
  ['value', ({ value }) => (value === null ? 'none' : String(value))],
  ['group', ({ group }) => group ?? 'none'],
  [
    'boxes',
    ({ boxes }) => (boxes.length === 0 ? 'none' : boxes.map(({ label, text }) => text ?? label).join(', ')),
  ],
  ['size', ({ width, height }) => `${width} × ${height} px`],
]

function DiffRow({ item, from: fromId, to: toId }: { item: Item | undefined; from: string; to: string }) {
  if (!item) return <span className="dim">Loading</span>
  const { change, from, to } = item
  const known = to ?? from
  if (!known) return null
  const differing = from && to ? otherFacts.filter(([, of]) => of(from) !== of(to)) : []
  return (
    <div className="diff-row">
      <span className="diff-kind" data-change={change}>
        {words[change]}
      </span>
      <Side sample={from} none="not there" />
      <ArrowRight size={14} aria-label="became" className="dim" />
      <Side sample={to} none="gone" />
      <span className="diff-facts">
        <Link
          className="truncate"
          title={known.path}
          href={`/data/${to ? toId : fromId}?sample=${known.ordinal}`}
        >
          {from && to && from.path !== to.path ? `${from.path} → ${to.path}` : known.path}
        </Link>
        <OldNew name="class" from={labelText((from ?? known).label)} to={labelText((to ?? known).label)} />
        {from &&
          to &&
          differing.map(([name, of]) => <OldNew key={name} name={name} from={of(from)} to={of(to)} />)}
      </span>
    </div>
  )
}

import { SegmentedControl } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowRight, Rows3 } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Link } from 'wouter'
import type {
  FlipKind,
  FlippedSample,
  GateReport,
  VersionComparison,
} from '../../../../../core/contract/index.ts'
import { call, thumbnailUrl } from '../../../client/rpc.ts'
import { EmptyState } from '../../../components/empty-state.tsx'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { formatNumber, formatPercent, plural } from '../../../components/format.ts'
import { useChunks } from '../../../components/use-chunks.ts'

const rowHeight = 84
const chunkSize = 100

const words: Record<FlipKind, string> = {
  broken: 'Right to wrong',
  fixed: 'Wrong to right',
  otherwise: 'Wrong otherwise',
}

const points = (value: number): string => `${value < 0 ? '−' : '+'}${(100 * Math.abs(value)).toFixed(1)}`

function ComparisonFacts({ comparison }: { comparison: VersionComparison }) {
  const { accuracy, championAccuracy, interval, datasetLabel, subset, sampleCount, seen, table } = comparison
  const trained = [seen.champion, seen.candidate].map((count) => count ?? 0)
  return (
    <p className="flip-facts">
      <Link href={`/data/${comparison.datasetVersionId}`}>{datasetLabel}</Link>, {subset},{' '}
      {plural(sampleCount, table ? 'row' : 'picture')}: <strong>{formatPercent(accuracy)}</strong> right,
      before {formatPercent(championAccuracy)} ({points(accuracy - championAccuracy)} points
      {interval && `, 95 % between ${points(interval[0])} and ${points(interval[1])}`}).
      {Math.max(...trained) > 0 &&
        ` The one before was trained on ${trained[0]} of these ${table ? 'rows' : 'pictures'}, the new one on ${trained[1]}.`}
    </p>
  )
}

/** Every picture of which the two versions say different things. */
export function Flips({ report }: { report: GateReport }) {
  const [kind, setKind] = useState<FlipKind | null>(null)
  const { model, alias, version, comparison } = report
  const request = { model, alias, version, ...(kind ? { kind } : {}) }
  const flips = useChunks<FlippedSample>(
    JSON.stringify([request, report.checkedAt]),
    (offset, limit, signal) => call('models.flips', { ...request, offset, limit }, { signal }),
    { size: chunkSize },
  )
  if (!comparison) return <EmptyState title="Nothing to compare with" text={report.comparisonProblem ?? ''} />
  const all = comparison.broken + comparison.fixed + comparison.otherwise
  return (
    <>
      <div className="flip-head">
        <ComparisonFacts comparison={comparison} />
        <SegmentedControl
          aria-label="Kind of flip"
          value={kind ?? 'all'}
          onChange={(value) => setKind(value === 'all' ? null : (value as FlipKind))}
          data={[
            { value: 'all', label: `All ${formatNumber(all)}` },
            ...(Object.keys(words) as FlipKind[]).map((value) => ({
              value,
              label: `${words[value]} ${formatNumber(comparison[value])}`,
              disabled: comparison[value] === 0,
            })),
          ]}
        />
      </div>
      {flips.error && <ErrorPanel error={flips.error} retry={flips.reload} />}
      {all === 0 ? (
        <EmptyState
          title={`No ${comparison.table ? 'row' : 'picture'} flipped`}
          text={`The two say the same of every ${comparison.table ? 'row' : 'picture'}.`}
        />
      ) : (
        <FlipRows key={kind ?? 'all'} flips={flips} comparison={comparison} />
      )}
    </>
  )
}

function FlipRows({
  flips,
  comparison: { datasetVersionId, table },
}: {
  flips: ReturnType<typeof useChunks<FlippedSample>>
  comparison: VersionComparison
}) {
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null)
  const rows = useVirtualizer({
    count: flips.total ?? 0,
    getScrollElement: () => scroller,
    estimateSize: () => rowHeight,
    overscan: 6,
  })
  const shown = rows.getVirtualItems()
  const { show } = flips
  const [first, last] = [shown[0]?.index ?? 0, shown.at(-1)?.index ?? 0]
  useEffect(() => show(first, last), [show, first, last])
  return (
    <div ref={setScroller} className="flip-rows">
      <ul aria-label={`${table ? 'Rows' : 'Pictures'} that flipped`} style={{ height: rows.getTotalSize() }}>
        {shown.map(({ index, start }) => (
          <li key={index} style={{ transform: `translateY(${start}px)`, height: rowHeight }}>
            <FlipRow flip={flips.at(index)} versionId={datasetVersionId} table={table === true} />
          </li>
        ))}
      </ul>
    </div>
  )
}

function FlipRow({
  flip,
  versionId,
  table,
}: {
  flip: FlippedSample | undefined
  versionId: string
  table: boolean
}) {
  if (!flip) return <span className="dim">Loading</span>
  const { sample, kind, champion, candidate } = flip
  return (
    <div className="flip-row">
      <span className="flip-picture">
        {table ? (
          <Rows3 size={20} className="dim" aria-hidden />
        ) : (
          <img src={thumbnailUrl(sample.hash, 128)} alt={sample.path} loading="lazy" decoding="async" />
        )}
      </span>
      <span className="flip-kind" data-kind={kind}>
        {words[kind]}
      </span>
      <span className="flip-answers">
        <span className="dim">
          {champion.label} ({formatPercent(champion.confidence)})
        </span>
        <ArrowRight size={13} aria-label="became" className="dim" />
        <strong>
          {candidate.label} ({formatPercent(candidate.confidence)})
        </strong>
      </span>
      <span className="flip-sample">
        is {sample.label},{' '}
        <Link className="truncate" title={sample.path} href={`/data/${versionId}?sample=${sample.ordinal}`}>
          {sample.path}
        </Link>
      </span>
    </div>
  )
}

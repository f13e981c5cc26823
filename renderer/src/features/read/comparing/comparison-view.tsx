import { ActionIcon, Button, Table, Tooltip } from '@mantine/core'
import { Copy, Square, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { ComparedWay, Comparison, EngineEvent, ErrorRate } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { confirm } from '../../../components/confirm.tsx'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { plural } from '../../../components/format.ts'
import { notify, notifyError } from '../../../components/notices.tsx'
import { Section } from '../../../components/section.tsx'
import { SkeletonRows } from '../../../components/skeleton-rows.tsx'
import { useQuery } from '../../../components/use-query.ts'
import { useJob } from '../../../stores/jobs-store.ts'
import { pageAddress } from '../page-address.ts'
import { DifferenceView } from './difference-view.tsx'
import { intervalText, rateText } from './rate-text.ts'

const barWidth = 120

/** A rate as a dot with its interval, on a scale that all ways share. */
function RateBar({ found, most }: { found: ErrorRate; most: number }) {
  const at = (value: number) => 4 + (Math.min(most, Math.max(0, value)) / most) * (barWidth - 8)
  const [low, high] = found.interval ?? [found.rate, found.rate]
  return (
    <svg className="rate-bar" width={barWidth} height={14} aria-hidden>
      <line className="rate-scale" x1={4} x2={barWidth - 4} y1={7} y2={7} />
      <line className="rate-interval" x1={at(low)} x2={at(high)} y1={7} y2={7} />
      <circle cx={at(found.rate)} cy={7} r={3.5} />
    </svg>
  )
}

function Rate({ found }: { found: ErrorRate | null }) {
  if (found === null) return <span className="dim">–</span>
  const interval = intervalText(found)
  return (
    <span className="tabular">
      {rateText(found.rate)}
      {interval !== null && <span className="dim rate-interval-text">({interval})</span>}
    </span>
  )
}

/** How a way stands to the best one, in words that don't say more than the pages do. */
function standing({ behind, done }: ComparedWay, pageCount: number): string {
  if (done < pageCount) return `${done} of ${pageCount} pages`
  if (behind === null) return 'Best'
  if (behind.rate === 0) return 'As good'
  const worse = behind.interval !== null && behind.interval[0] > 0
  return `${worse ? 'Worse' : 'Not clearly worse'}, by ${rateText(behind.rate)}`
}

function WaysTable({ found }: { found: Comparison }) {
  const most = Math.max(
    0.001,
    ...found.ways.map(({ cer }) => Math.min(1, Math.max(cer?.rate ?? 0, cer?.interval?.[1] ?? 0))),
  )
  const order = [...found.ways.keys()].sort(
    (a, b) => (found.ways[a]?.cer?.rate ?? 9) - (found.ways[b]?.cer?.rate ?? 9),
  )
  return (
    <Table aria-label="Ways to read" className="ways-table" verticalSpacing={4}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Way</Table.Th>
          <Table.Th colSpan={2}>Characters wrong</Table.Th>
          <Table.Th>Words wrong</Table.Th>
          <Table.Th>Against the best</Table.Th>
          <Table.Th className="numeric">Pages a minute</Table.Th>
          <Table.Th className="numeric">Not read</Table.Th>
          <Table.Th>Run</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {order.flatMap((at) => {
          const way = found.ways[at]
          if (!way) return []
          return (
            <Table.Tr key={way.runId}>
              <Table.Th scope="row" className="mono">
                {way.title}
              </Table.Th>
              <Table.Td className="rate-bar-cell">
                {way.cer && <RateBar found={way.cer} most={most} />}
              </Table.Td>
              <Table.Td>
                <Rate found={way.cer} />
              </Table.Td>
              <Table.Td>
                <Rate found={way.wer} />
              </Table.Td>
              <Table.Td
                title={way.behind ? `95 % interval: ${intervalText(way.behind) ?? 'none'}` : undefined}
              >
                {standing(way, found.pages.length)}
              </Table.Td>
              <Table.Td className="numeric">{way.pagesPerMinute?.toFixed(1) ?? '–'}</Table.Td>
              <Table.Td className="numeric">{way.failed}</Table.Td>
              <Table.Td>
                <Link href={`/runs/${way.runId}`} className="mono">
                  {way.runId.slice(0, 8)}
                </Link>
              </Table.Td>
            </Table.Tr>
          )
        })}
      </Table.Tbody>
    </Table>
  )
}

/** Paler to redder up to a quarter of the characters wrong. */
const heat = (cer: number): string =>
  `color-mix(in srgb, var(--status-bad) ${Math.round(Math.min(1, cer * 4) * 22)}%, transparent)`

/** Error rates by page and way; a click shows where a reading differs. */
function PagesTable({
  found,
  chosen,
  onChoose,
}: {
  found: Comparison
  chosen: { page: number; way: number }
  onChoose: (chosen: { page: number; way: number }) => void
}) {
  const readings = new Map(found.readings.map((reading) => [`${reading.page} ${reading.way}`, reading]))
  const sources = { typed: 'typed', corrected: 'corrected', imported: 'from a file' }
  return (
    <Table aria-label="Pages" className="compared-pages" verticalSpacing={2}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Page</Table.Th>
          <Table.Th className="numeric">Characters</Table.Th>
          <Table.Th>What stands there</Table.Th>
          {found.ways.map(({ runId, title }) => (
            <Table.Th key={runId} className="mono numeric">
              {title}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {found.pages.map((page, at) => (
          <Table.Tr key={page.pageId}>
            <Table.Th scope="row" className="truncate">
              <Link href={pageAddress(page.pageId, '')} title={page.name}>
                {page.name}
              </Link>
            </Table.Th>
            <Table.Td className="numeric">{page.characters}</Table.Td>
            <Table.Td className="dim">{sources[page.source]}</Table.Td>
            {found.ways.map(({ runId, title }, way) => {
              const reading = readings.get(`${at} ${way}`)
              return (
                <Table.Td key={runId} className="numeric">
                  {reading ? (
                    <button
                      type="button"
                      className="rate-cell"
                      aria-pressed={chosen.page === at && chosen.way === way}
                      aria-label={`${page.name}, ${title}: ${reading.error ?? rateText(reading.cer)}`}
                      title={reading.error ?? `Words wrong: ${rateText(reading.wer)}`}
                      style={{ background: heat(reading.cer) }}
                      onClick={() => onChoose({ page: at, way })}
                    >
                      {reading.error === null ? rateText(reading.cer) : 'not read'}
                    </button>
                  ) : (
                    <span className="dim">–</span>
                  )}
                </Table.Td>
              )
            })}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

/** What a person would type to do it again. */
const commandOf = ({ pages, ways }: Comparison): string =>
  [
    'glyphlab ocr compare',
    ...pages.map(({ pageId }) => pageId),
    ...ways.map(({ title }) => `--way "${title}"`),
  ].join(' ')

/** A comparison: how wrong each way is, page by page, and where. */
export function ComparisonView({
  id,
  changes,
  onDeleted,
}: {
  id: string
  changes: (event: EngineEvent) => boolean
  onDeleted: () => void
}) {
  const query = useQuery('pages.comparison', { id }, { refreshOn: changes })
  const [chosen, setChosen] = useState({ page: 0, way: 0 })
  const job = useJob(query.data?.jobId ?? null)
  const found = query.data
  if (!found)
    return query.error ? (
      <div className="page-scroll">
        <ErrorPanel error={query.error} retry={query.reload} />
      </div>
    ) : (
      <SkeletonRows rows={10} />
    )
  const isRunning = job?.status === 'running' || job?.status === 'queued'
  const remove = async () => {
    const sure = await confirm({
      title: 'Delete this comparison?',
      message: 'Its table and readings are deleted. Its runs stay.',
      action: 'Delete the comparison',
      danger: true,
    })
    if (!sure) return
    try {
      await call('pages.deleteComparison', { id })
      onDeleted()
    } catch (cause) {
      notifyError(cause)
    }
  }
  const copyCommand = () =>
    navigator.clipboard
      .writeText(commandOf(found))
      .then(() => notify({ kind: 'success', message: 'The command is in the clipboard.' }))
      .catch(notifyError)
  return (
    <div className="page-scroll comparison">
      {job && isRunning && (
        <div className="comparison-running" role="status">
          <span>
            {job.progress.message || 'Waiting'} · {Math.round(job.progress.value * 100)} %
          </span>
          <Button
            size="compact-xs"
            variant="default"
            leftSection={<Square size={10} />}
            onClick={() => call('jobs.cancel', { jobId: job.id }).catch(notifyError)}
          >
            Cancel
          </Button>
        </div>
      )}
      {job?.error && <ErrorPanel title="The comparison did not end" error={job.error} />}
      {job?.retryable && (
        <div>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => call('jobs.retry', { jobId: job.id }).catch(notifyError)}
          >
            Go on
          </Button>
        </div>
      )}
      <Section
        title={`${plural(found.ways.length, 'way')} to read ${plural(found.pages.length, 'page')}`}
        actions={
          <>
            <Tooltip label="Copy as a command">
              <ActionIcon size={22} aria-label="Copy as a command" onClick={() => void copyCommand()}>
                <Copy size={14} />
              </ActionIcon>
            </Tooltip>
            <Tooltip label="Delete this comparison">
              <ActionIcon size={22} aria-label="Delete this comparison" onClick={() => void remove()}>
                <Trash2 size={14} />
              </ActionIcon>
            </Tooltip>
          </>
        }
      >
        <WaysTable found={found} />
        <p className="dim comparison-hint">
          {found.pages.length > 1
            ? 'In brackets and as lines: where 95 % of other pages like these would be, by drawing whole pages anew.'
            : 'A single page says nothing about others: compare on more.'}
        </p>
      </Section>
      <Section title="Page by page">
        <div className="compared-pages-scroll">
          <PagesTable found={found} chosen={chosen} onChoose={setChosen} />
        </div>
      </Section>
      <DifferenceView found={found} chosen={chosen} changes={changes} onChoose={setChosen} />
    </div>
  )
}

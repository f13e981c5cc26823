import { Button } from '@mantine/core'
import { ChartNoAxesColumn, Trophy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { EngineEvent } from '../../../../../core/contract/index.ts'
import { EmptyState } from '../../../components/empty-state.tsx'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { formatMoment, plural } from '../../../components/format.ts'
import { PageLayout } from '../../../components/page-layout.tsx'
import { SkeletonRows } from '../../../components/skeleton-rows.tsx'
import { useQuery } from '../../../components/use-query.ts'
import { CompareDialog } from './compare-dialog.tsx'
import { ComparisonView } from './comparison-view.tsx'
import { rateText } from './rate-text.ts'
import './comparing.css'

/** Whether an event may have changed a comparison. */
const changesComparisons = (event: EngineEvent): boolean =>
  (event.type === 'job.progressed' || event.type === 'job.ended') && event.job.kind === 'pages-compare'

/** Which engine or recipe reads best: `/read/compare` and `/read/compare/<id>`. */
export function ComparePage() {
  const [location, navigate] = useLocation()
  const id = location.split('/')[3]
  const [asking, setAsking] = useState(false)
  const comparisons = useQuery('pages.comparisons', {}, { refreshOn: changesComparisons })
  const newest = comparisons.data?.[0]?.id
  const shown = comparisons.data?.find((one) => one.id === id)

  // The address names the comparison on view, so that back and forward work.
  useEffect(() => {
    if (id === undefined && newest !== undefined) navigate(`/read/compare/${newest}`, { replace: true })
  }, [id, newest, navigate])

  const dialog = asking && (
    <CompareDialog
      pageIds={[]}
      onClose={() => setAsking(false)}
      onBegun={(begun) => {
        setAsking(false)
        comparisons.reload()
        navigate(`/read/compare/${begun}`)
      }}
    />
  )
  const crumbs = [{ label: 'Read', href: '/read' }]
  if (!comparisons.data)
    return (
      <PageLayout title="Comparisons" crumbs={crumbs}>
        {comparisons.error ? (
          <div className="page-scroll">
            <ErrorPanel error={comparisons.error} retry={comparisons.reload} />
          </div>
        ) : (
          <SkeletonRows />
        )}
      </PageLayout>
    )
  if (comparisons.data.length === 0)
    return (
      <PageLayout title="Comparisons" crumbs={crumbs}>
        <EmptyState
          icon={Trophy}
          title="Find the engine that reads your pages best"
          text="Correct a page, type what stands on it, or bring its text along. Several engines and recipes then read the same pages, and you see which is wrong where."
        >
          <Button onClick={() => setAsking(true)}>Compare</Button>
        </EmptyState>
        {dialog}
      </PageLayout>
    )
  return (
    <PageLayout
      title={shown?.name ?? 'Comparisons'}
      crumbs={crumbs}
      toolbar={
        <Button leftSection={<ChartNoAxesColumn size={14} />} onClick={() => setAsking(true)}>
          Compare
        </Button>
      }
      sidebar={
        <nav className="comparison-list" aria-label="Comparisons">
          {comparisons.data.map((one) => {
            const [best] = one.ways
            return (
              <Link
                key={one.id}
                href={`/read/compare/${one.id}`}
                className="comparison-row"
                aria-current={one.id === id ? 'page' : undefined}
              >
                <span className="truncate" title={one.name}>
                  {one.name}
                </span>
                <span className="dim truncate">
                  {best && best.cer !== null ? `${rateText(best.cer)} ${best.title}` : 'Waiting'}
                </span>
                <span className="dim tabular">
                  {plural(one.pageCount, 'page')}, {formatMoment(one.at)}
                </span>
              </Link>
            )
          })}
        </nav>
      }
    >
      {id !== undefined && (
        <ComparisonView
          key={id}
          id={id}
          changes={changesComparisons}
          onDeleted={() => {
            comparisons.reload()
            navigate('/read/compare', { replace: true })
          }}
        />
      )}
      {dialog}
    </PageLayout>
  )
}

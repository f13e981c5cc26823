import { textDifference } from '../../domain/text-difference.ts'
import { beginComparison, comparisonOf, summaryOf } from '../page-comparison.ts'
import { importTruths } from '../page-truths.ts'
import type { HandlersOf, Services } from '../services.ts'

export type PageComparingProcedure =
  | 'pages.truth'
  | 'pages.setTruth'
  | 'pages.takeTruth'
  | 'pages.importText'
  | 'pages.withTruth'
  | 'pages.compare'
  | 'pages.comparisons'
  | 'pages.comparison'
  | 'pages.comparisonPage'
  | 'pages.deleteComparison'

/** What really stands on pages, and which engine or recipe reads it best. */
export function pageComparingProcedures(
  services: Services,
): Pick<HandlersOf<'pages'>, PageComparingProcedure> {
  const { truths, comparisons, pages, store, events, queue, jobs } = services
  return {
    'pages.truth': ({ pageId }) => truths.get(pageId),
    'pages.setTruth': ({ pageId, text }) => {
      const truth = truths.set(pageId, text, 'typed')
      events.emit({ type: 'page.changed', pageId })
      return truth
    },
    'pages.takeTruth': ({ pageIds }) => {
      store.transaction(() => {
        for (const pageId of pageIds) truths.set(pageId, pages.get(pageId).text, 'corrected')
      })()
      for (const pageId of pageIds) events.emit({ type: 'page.changed', pageId })
      return { taken: pageIds.length }
    },
    'pages.importText': ({ files, pageIds }) => importTruths(services, files, pageIds),
    'pages.withTruth': () => truths.truePages(),
    'pages.compare': ({ pageIds, ways, name, experiment }) =>
      beginComparison(services, { pageIds, ways, name, experiment }),
    'pages.comparisons': ({ limit }) =>
      comparisons.list(limit).map((stored) => summaryOf(stored, comparisons.readings(stored.id))),
    'pages.comparison': ({ id }) => comparisonOf(comparisons.get(id), comparisons.readings(id)),
    'pages.comparisonPage': ({ id, page }) => {
      const stored = comparisons.get(id)
      const truth = stored.pages[page]?.truth ?? ''
      const readings = comparisons.readings(id, page)
      return {
        truth,
        ways: stored.ways.map((_, way) => {
          const reading = readings.find((one) => one.way === way)
          return reading ? { parts: textDifference(truth, reading.text), error: reading.error } : null
        }),
      }
    },
    'pages.deleteComparison': ({ id }) => {
      const { jobId } = comparisons.get(id)
      if (['queued', 'running', 'paused'].includes(jobs.get(jobId).status)) queue.cancel(jobId)
      comparisons.delete(id)
      return { deleted: true }
    },
  }
}

import {
  type Comparison,
  type ComparisonSummary,
  GlyphlabError,
  type ReadingOptions,
  wayInWords,
} from '../contract/index.ts'
import {
  characterRate,
  characterRateOver,
  errorRateOver,
  pageErrors,
  rateBehind,
  wordRate,
} from '../evaluation/reading-rates.ts'
import type { StoredComparison, StoredPage, StoredReading } from '../store/comparison-store.ts'
import { modelBehind } from './reading-engine.ts'
import type { Services } from './services.ts'

const ofWay = (readings: readonly StoredReading[], way: number) =>
  readings.filter((reading) => reading.way === way)

/** Of those that have read every page the way with the fewest errors; null while none has. */
function bestOf({ ways, pages }: StoredComparison, readings: readonly StoredReading[]): number | null {
  let best: { way: number; rate: number } | null = null
  for (const way of ways.keys()) {
    const own = ofWay(readings, way)
    const rate = errorRateOver(own, 'characterEdits')?.rate
    if (own.length === pages.length && rate !== undefined && (best === null || rate < best.rate))
      best = { way, rate }
  }
  return best?.way ?? null
}

/** A comparison with its rates, as far as it has come. */
export function comparisonOf(stored: StoredComparison, readings: readonly StoredReading[]): Comparison {
  const { pages, ways, ...facts } = stored
  const best = bestOf(stored, readings)
  return {
    ...facts,
    pages: pages.map(({ truth, ...page }) => ({
      ...page,
      characters: pageErrors(truth, '').characterLength,
    })),
    ways: ways.map(({ options, runId }, way) => {
      const own = ofWay(readings, way)
      const ms = own.reduce((sum, { durationMs }) => sum + durationMs, 0)
      const behindBest = best !== null && best !== way && own.length === pages.length
      return {
        title: wayInWords(options),
        options,
        runId,
        done: own.length,
        failed: own.filter(({ error }) => error !== null).length,
        cer: errorRateOver(own, 'characterEdits'),
        wer: errorRateOver(own, 'wordEdits'),
        behind: behindBest ? rateBehind(own, ofWay(readings, best)) : null,
        pagesPerMinute: ms > 0 ? (own.length / ms) * 60_000 : null,
      }
    }),
    readings: readings.map((reading) => ({
      way: reading.way,
      page: reading.page,
      cer: characterRate(reading),
      wer: wordRate(reading),
      durationMs: reading.durationMs,
      error: reading.error,
    })),
  }
}

export function summaryOf(
  { pages, ways, ...facts }: StoredComparison,
  readings: readonly StoredReading[],
): ComparisonSummary {
  const rates = ways.map(({ options }, way) => ({
    title: wayInWords(options),
    cer: characterRateOver(ofWay(readings, way)),
  }))
  return {
    ...facts,
    pageCount: pages.length,
    ways: rates.sort((a, b) => (a.cer ?? Number.POSITIVE_INFINITY) - (b.cer ?? Number.POSITIVE_INFINITY)),
  }
}

/** The pages to compare on: each picture once, with its truth. @throws GlyphlabError NOT_FOUND, INVALID_INPUT naming those without one */
function pagesWithTruth({ truths, pages }: Services, pageIds: readonly string[] | undefined): StoredPage[] {
  const chosen = pageIds ?? truths.truePages().map(({ pageId }) => pageId)
  const found = new Map<string, StoredPage>()
  const without: string[] = []
  for (const pageId of chosen) {
    const { name, blob } = pages.get(pageId)
    const truth = truths.of(pageId)
    if (!truth || blob === null) without.push(name)
    else if (!found.has(blob)) found.set(blob, { pageId, name, truth: truth.text, source: truth.source })
  }
  if (without.length > 0) {
    const [first, ...others] = without
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${first}${others.length > 0 ? ` and ${others.length} more` : ''}: nobody has said what stands there. Correct a word of it, type its text, or import it from PAGE XML, ALTO or a text file.`,
    )
  }
  if (found.size === 0)
    throw new GlyphlabError(
      'INVALID_INPUT',
      'Of no page it is known what stands there. Correct a word, type the text of a page, or import it from PAGE XML, ALTO or text files.',
    )
  return [...found.values()]
}

/** Makes the comparison, a run for each way, and the job that reads: all or nothing. */
export function beginComparison(
  services: Services,
  wanted: {
    pageIds: readonly string[] | undefined
    ways: readonly ReadingOptions[]
    name: string | undefined
    experiment: string
  },
): { id: string; jobId: string; runIds: string[] } {
  const { store, runs, comparisons, queue, events } = services
  const titles = wanted.ways.map(wayInWords)
  const twice = titles.find((title, at) => titles.indexOf(title) !== at)
  if (twice !== undefined)
    throw new GlyphlabError('INVALID_INPUT', `"${twice}" is there twice. Name each way once.`)
  const pages = pagesWithTruth(services, wanted.pageIds)
  const models = wanted.ways.map(({ engine }) => modelBehind(services, engine))
  const count = pages.length === 1 ? '1 page' : `${pages.length} pages`
  const name = wanted.name ?? `${titles.join(', ')} on ${count}`
  const begun = store.transaction(() => {
    const ways = wanted.ways.map((options, at) => ({
      options,
      model: models[at] ?? null,
      runId: runs.create({ experiment: wanted.experiment, name: titles[at] ?? options.engine }),
    }))
    const id = comparisons.create(name, pages, ways)
    const jobId = queue.add('pages-compare', `Compare ${titles.length} ways on ${count}`, { id }).id
    comparisons.setJob(id, jobId)
    for (const { runId } of ways) {
      runs.setJob(runId, jobId)
      runs.setTags(runId, { 'glyphlab.comparison': id })
    }
    return { id, jobId, runIds: ways.map(({ runId }) => runId) }
  })()
  for (const runId of begun.runIds) events.emit({ type: 'run.changed', runId })
  return begun
}

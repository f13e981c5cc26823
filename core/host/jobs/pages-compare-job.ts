import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { GlyphlabError, type MetricPoint, stepInWords, wayInWords } from '../../contract/index.ts'
import { isDiskFull } from '../../domain/disk-full.ts'
import { characterRate, pageErrors, wordRate } from '../../evaluation/reading-rates.ts'
import { type JobContext, type JobHandler, JobPaused } from '../../jobs/job-queue.ts'
import type { PageOptions } from '../../ocr/ocr-pool.ts'
import type { StoredComparison, StoredReading, StoredWay } from '../../store/comparison-store.ts'
import { checkAgreement } from '../google-vision.ts'
import { comparisonOf } from '../page-comparison.ts'
import { pageOptions } from '../reading-engine.ts'
import type { Services } from '../services.ts'
import { withStoredPicture } from '../stored-picture.ts'

const compareInput = z.object({ id: z.string() })

/** A page that can't be read is wholly missing; what ends the job as a whole is thrown. */
async function readOne(
  services: Services,
  { pages }: StoredComparison,
  { way, page }: { way: number; page: number },
  options: PageOptions,
  signal: AbortSignal,
): Promise<StoredReading> {
  const wanted = pages[page]
  if (!wanted) throw new RangeError(`There is no page ${page}.`)
  const { pageId, name, truth } = wanted
  try {
    checkAgreement(services, options.engine)
    const { reading } = await withStoredPicture(services, pageId, (file) =>
      services.ocr.readPage({ file, name, page: 1 }, { ...options, signal }),
    )
    const { text, durationMs } = reading
    return { way, page, text, error: null, durationMs, ...pageErrors(truth, text) }
  } catch (cause) {
    if (signal.aborted) throw new GlyphlabError('CANCELLED', 'Cancelled. What was read so far is kept.')
    if (isDiskFull(cause) || !(cause instanceof GlyphlabError)) throw cause
    return { way, page, text: '', error: cause.message, durationMs: 0, ...pageErrors(truth, '') }
  }
}

/** What a run says of its way: how it reads, each page as a step, and the rates over all. */
async function logRun(services: Services, stored: StoredComparison, way: number): Promise<void> {
  const { runs, comparisons, blobs, events } = services
  const { options, model, runId } = stored.ways[way] as StoredWay
  const own = comparisons.readings(stored.id).filter((reading) => reading.way === way)
  const [told] = comparisonOf({ ...stored, ways: [stored.ways[way] as StoredWay] }, [
    ...own.map((reading) => ({ ...reading, way: 0 })),
  ]).ways
  const { preprocessing } = options
  runs.setParams(runId, {
    engine: options.engine,
    psm: String(options.psm),
    preprocessing:
      typeof preprocessing === 'string' ? preprocessing : preprocessing.map(stepInWords).join(','),
    pages: String(stored.pages.length),
    ...(model === null ? {} : { model: model.reference, 'model.digest': model.digest, lines: options.lines }),
  })
  const timestamp = Date.now()
  const point = (key: string, value: number | null | undefined, step = 0): MetricPoint[] =>
    value === null || value === undefined ? [] : [{ key, value, step, timestamp }]
  runs.logMetrics(runId, [
    ...own.flatMap((reading) => [
      ...point('page_cer', characterRate(reading), reading.page),
      ...point('page_wer', wordRate(reading), reading.page),
      ...point('page_seconds', reading.durationMs / 1000, reading.page),
    ]),
    ...point('cer', told?.cer?.rate),
    ...point('cer_low', told?.cer?.interval?.[0]),
    ...point('cer_high', told?.cer?.interval?.[1]),
    ...point('wer', told?.wer?.rate),
    ...point('wer_low', told?.wer?.interval?.[0]),
    ...point('wer_high', told?.wer?.interval?.[1]),
    ...point('pages_per_minute', told?.pagesPerMinute),
    ...point('failed_pages', told?.failed),
  ])
  const readings = own.map((reading) => ({
    page: stored.pages[reading.page]?.name,
    truth: stored.pages[reading.page]?.truth,
    read: reading.text,
    cer: characterRate(reading),
    wer: wordRate(reading),
    error: reading.error,
  }))
  const artifact = await blobs.addBytes(Buffer.from(`${JSON.stringify(readings, null, 1)}\n`))
  runs.addArtifact(runId, 'readings.json', artifact.id)
  runs.end(runId, 'FINISHED')
  events.emit({ type: 'run.changed', runId })
}

async function readWay(
  services: Services,
  stored: StoredComparison,
  way: number,
  context: JobContext,
  onRead: () => void,
): Promise<void> {
  const { comparisons, runs, events } = services
  const { options, model, runId } = stored.ways[way] as StoredWay
  const done = new Set(
    comparisons.readings(stored.id).flatMap((reading) => (reading.way === way ? [reading.page] : [])),
  )
  const left = [...stored.pages.keys()].filter((page) => !done.has(page))
  const asked = await pageOptions(services, options, model)
  runs.start(runId)
  events.emit({ type: 'run.changed', runId })
  let next = 0
  const lane = async () => {
    for (let page = left[next++]; page !== undefined; page = left[next++]) {
      if (context.pauseSignal.aborted) return
      const reading = await readOne(services, stored, { way, page }, asked, context.signal)
      if (!comparisons.exists(stored.id))
        throw new GlyphlabError('CANCELLED', 'The comparison was deleted while it ran.')
      comparisons.addReading(stored.id, reading)
      onRead()
    }
  }
  const lanes = await Promise.allSettled(
    Array.from({ length: Math.min(availableParallelism(), left.length) }, lane),
  )
  const broken = lanes.find((ending) => ending.status === 'rejected')
  if (broken) throw broken.reason
  if (!context.pauseSignal.aborted || comparisonDone(services, stored, way))
    await logRun(services, stored, way)
}

const comparisonDone = ({ comparisons }: Services, { id, pages }: StoredComparison, way: number): boolean =>
  comparisons.readings(id).filter((reading) => reading.way === way).length === pages.length

/** Reads pages in several ways, one after the other so that their times can be compared. What is read is kept. */
export function pagesCompareJob(services: () => Services): JobHandler {
  const idOf = (input: unknown): string => compareInput.parse(input).id
  return {
    kind: 'pages-compare',
    atOnce: 1,
    async run(context) {
      const { comparisons } = services()
      const stored = comparisons.get(idOf(context.input))
      const all = stored.pages.length * stored.ways.length
      let done = comparisons.readings(stored.id).length
      const before = done
      const startedAt = Date.now()
      const tell = (message: string) => {
        const rate = (done - before) / Math.max(0.001, (Date.now() - startedAt) / 1000)
        context.progress({
          value: done / all,
          message,
          rate: done === before ? null : rate,
          rateUnit: 'pages/s',
          remainingMs: done === before ? null : ((all - done) / rate) * 1000,
        })
      }
      for (const [way, { options }] of stored.ways.entries()) {
        const title = wayInWords(options)
        tell(`Reading with ${title}`)
        await readWay(services(), stored, way, context, () => {
          done += 1
          tell(`Reading with ${title}: ${done} of ${all} readings`)
        })
        if (context.pauseSignal.aborted && done < all) throw new JobPaused(`${done} of ${all} are read`)
      }
      return { comparisonId: stored.id, runIds: stored.ways.map(({ runId }) => runId) }
    },
    onUnfinished(job) {
      const { comparisons, runs, events, jobs } = services()
      const comparison = comparisons.list(500).find(({ jobId }) => jobId === job.id)
      for (const { runId } of comparison?.ways ?? []) {
        if (!['SCHEDULED', 'RUNNING'].includes(runs.get(runId).status)) continue
        runs.end(runId, jobs.get(job.id).status === 'failed' ? 'FAILED' : 'KILLED')
        events.emit({ type: 'run.changed', runId })
      }
    },
  }
}

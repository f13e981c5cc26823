import { stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { GlyphlabError, readingOptions } from '../../contract/index.ts'
import { isDiskFull } from '../../domain/disk-full.ts'
import { type JobContext, type JobHandler, JobPaused } from '../../jobs/job-queue.ts'
import { usualManner } from '../../ocr/engines/engine.ts'
import type { PageOptions } from '../../ocr/ocr-pool.ts'
import { ppocrModel } from '../../ocr/ppocr/model-files.ts'
import { checkAgreement } from '../google-vision.ts'
import { languageDigest } from '../language-digest.ts'
import { pageOptions, type ReadingModel } from '../reading-engine.ts'
import type { Services } from '../services.ts'
import { withStoredPicture } from '../stored-picture.ts'
import { markDamage } from '../usable-model.ts'

export const ocrJobInput = z.object({
  pages: z.array(
    z.object({
      pageId: z.string(),
      /** Null for a page whose picture is stored already. */
      file: z.string().nullable(),
      name: z.string(),
      /** Page of the file, from 1. */
      page: z.number().int().min(1).default(1),
    }),
  ),
  options: readingOptions.prefault({}),
  /** The version that `options.engine` meant when the reading was asked for; null for a built-in engine. */
  model: z.object({ reference: z.string(), digest: z.string() }).nullable().default(null),
})
type OcrJobInput = z.output<typeof ocrJobInput>
type OcrPage = OcrJobInput['pages'][number]

const maxFileBytes = 2 * 1024 ** 3

async function checkFile(file: string, name: string): Promise<void> {
  const facts = await stat(file).catch(() => undefined)
  if (!facts) throw new GlyphlabError('NOT_FOUND', `${name}: the file does not exist, or may not be read.`)
  if (facts.isDirectory())
    throw new GlyphlabError(
      'INVALID_INPUT',
      `${name} is a folder. Choose the pictures in it, or import it as a dataset.`,
    )
  if (facts.size === 0) throw new GlyphlabError('UNREADABLE_FILE', `${name}: the file is empty (0 bytes).`)
  if (facts.size > maxFileBytes) throw new GlyphlabError('UNREADABLE_FILE', `${name}: larger than 2 GB.`)
}

interface Reading {
  options: PageOptions
  model: ReadingModel | null
}

/** Reads pages side by side, one for each core. A bad file fails alone; what is read is kept whatever comes after. */
export function ocrJob(services: () => Services): JobHandler {
  const readPage = async (page: OcrPage, reading: Reading, { signal }: JobContext): Promise<void> => {
    const { pages, blobs, ocr, events, reserve, models } = services()
    const { options, model } = reading
    try {
      const readFrom = async (file: string) => {
        await checkFile(file, page.name)
        if (page.file !== null && page.page === 1 && pages.get(page.pageId).arrangement === null) {
          pages.setBlob(page.pageId, (await blobs.addFile(file)).id)
          events.emit({ type: 'page.changed', pageId: page.pageId })
        }
        checkAgreement(services(), options.engine)
        const { regions } = pages.get(page.pageId)
        const manner = { ...(options.manner ?? usualManner), regions }
        const isPicture = file !== page.file
        return ocr.readPage(
          { file, name: page.name, page: isPicture ? 1 : page.page },
          { ...options, manner, signal },
        )
      }
      const isStored = () =>
        page.file === null || (pages.exists(page.pageId) && pages.get(page.pageId).arrangement !== null)
      const readOnce = () =>
        page.file === null || isStored()
          ? withStoredPicture(services(), page.pageId, readFrom)
          : readFrom(page.file)
      /** What a reading depends on, and what a person may change while the page waits or is read. */
      const arranged = () => {
        const { arrangement, regions } = pages.get(page.pageId)
        return JSON.stringify([arrangement, regions])
      }
      let before = arranged()
      let read = await readOnce()
      while (pages.exists(page.pageId) && arranged() !== before) {
        before = arranged()
        read = await readOnce()
      }
      if (pages.exists(page.pageId)) {
        if (read.picture) pages.setBlob(page.pageId, (await blobs.addBytes(read.picture)).id)
        const digest = model === null ? await languageDigest(read.reading.language) : null
        const builtIn = read.reading.engine === 'ppocr' ? ppocrModel : null
        pages.setReading(page.pageId, read.reading, digest, model ?? builtIn)
      }
    } catch (cause) {
      if (signal.aborted) throw new GlyphlabError('CANCELLED', 'Cancelled. The pages read so far are kept.')
      const error = isDiskFull(cause)
        ? new GlyphlabError(
            'DISK_FULL',
            `${page.name}: the disk is full. Free some space and start the reading again; what is read is kept.`,
          )
        : cause
      if (model) markDamage(services(), models.resolve(model.reference), cause)
      const body =
        error instanceof GlyphlabError
          ? error.toBody()
          : ({
              code: 'INTERNAL',
              message: `${page.name}: ${cause instanceof Error ? cause.message : cause}`,
            } as const)
      if (pages.exists(page.pageId)) reserve.use(() => pages.setError(page.pageId, body))
    }
    events.emit({ type: 'page.changed', pageId: page.pageId })
  }

  return {
    kind: 'ocr',
    atOnce: 1,
    async run(context) {
      const { pages } = services()
      const input = ocrJobInput.parse(context.input)
      const all = input.pages
      const { model } = input
      const reading = { options: await pageOptions(services(), input.options, model), model }
      const waiting = all.filter(({ pageId }) => pages.exists(pageId) && pages.get(pageId).status !== 'read')
      const startedAt = Date.now()
      let next = 0
      let done = 0
      const lane = async () => {
        for (let page = waiting[next++]; page; page = waiting[next++]) {
          await readPage(page, reading, context)
          done += 1
          const rate = done / Math.max(0.001, (Date.now() - startedAt) / 1000)
          context.progress({
            value: done / waiting.length,
            message: `Read ${done} of ${waiting.length}`,
            rate,
            rateUnit: 'pages/s',
            remainingMs: ((waiting.length - done) / rate) * 1000,
          })
          if (context.pauseSignal.aborted) return
        }
      }
      context.progress({
        value: 0,
        message: waiting.length === 1 ? 'Reading' : `Reading ${waiting.length} pictures`,
        rate: null,
        rateUnit: null,
        remainingMs: null,
      })
      // Each lane to its end: nothing goes on when the job has ended.
      const lanes = await Promise.allSettled(
        Array.from({ length: Math.min(availableParallelism(), waiting.length) }, lane),
      )
      const broken = lanes.find((ending) => ending.status === 'rejected')
      if (broken) throw broken.reason
      if (done < waiting.length) throw new JobPaused(`${done} of ${waiting.length} are read`)
      const errors = all.flatMap(({ pageId }) =>
        pages.exists(pageId) && pages.get(pageId).status === 'failed' ? (pages.get(pageId).error ?? []) : [],
      )
      const failed = errors.length
      const unstored = errors.filter(({ code }) => code === 'DISK_FULL').length
      if (unstored > 0)
        throw new GlyphlabError(
          'DISK_FULL',
          `The disk is full: ${unstored} of ${all.length} pictures could not be stored. Free some space and try again; what is read is kept.`,
        )
      return { pageIds: all.map(({ pageId }) => pageId), read: all.length - failed, failed }
    },
  }
}

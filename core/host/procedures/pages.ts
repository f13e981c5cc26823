import { readFile } from 'node:fs/promises'
import {
  GlyphlabError,
  googleVisionEngine,
  type Page,
  type PageChange,
  type PageRegion,
  type ReadingOptions,
} from '../../contract/index.ts'
import { filePages } from '../../imaging/file-pages.ts'
import { previewPreprocessing } from '../../ocr/preprocessing/preview.ts'
import { arrangedPage } from '../arranged-page.ts'
import { visionStatus } from '../google-vision.ts'
import { modelBehind } from '../reading-engine.ts'
import type { HandlersOf, Services } from '../services.ts'
import { spellingOf } from '../spelling.ts'
import { withStoredPicture } from '../stored-picture.ts'
import type { PageComparingProcedure } from './page-comparing.ts'
import type { PageOutputProcedure } from './page-output.ts'
import type { PageReplacingProcedure } from './page-replacing.ts'
import type { PageWatchProcedure } from './page-watches.ts'

interface LocatedPage {
  file: string
  /** The file's name. */
  name: string
  /** Page of the file, from 1, of how many. */
  page: number
  count: number
  /** Of a first page that is stored already. */
  blobId: number | null
}

const pagesOf = (file: Omit<LocatedPage, 'page'>): LocatedPage[] =>
  Array.from({ length: file.count }, (_, index) => ({
    ...file,
    page: index + 1,
    blobId: index === 0 ? file.blobId : null,
  }))

interface WaitingPage {
  pageId: string
  file: string | null
  name: string
  page: number
}

export function pageProcedures(
  services: Services,
): Omit<
  HandlersOf<'pages'>,
  PageOutputProcedure | PageReplacingProcedure | PageComparingProcedure | PageWatchProcedure
> {
  const { pages, blobs, sources, queue, events, store, log, reserve, models } = services
  const enqueue = (read: readonly WaitingPage[], options: ReadingOptions) => {
    const [first] = read
    const title = read.length === 1 && first ? `Read ${first.name}` : `Read ${read.length} pictures`
    const { engine, lines, preprocessing, psm, pageLimit } = options
    const input = {
      pages: read,
      options: { engine, lines, preprocessing, psm, pageLimit },
      model: modelBehind(services, engine),
    }
    return { jobId: queue.add('ocr', title, input).id, pageIds: read.map(({ pageId }) => pageId) }
  }
  const begin = (
    located: readonly LocatedPage[],
    options: ReadingOptions,
    regions: readonly PageRegion[],
  ) => {
    let document: string | undefined
    const read = located.map(({ file, name, page, count, blobId }) => {
      const pageId =
        count > 1
          ? pages.create(
              `${name} (page ${page} of ${count})`,
              page === 1 ? undefined : document,
              page,
              regions,
            )
          : pages.create(name, undefined, 0, regions)
      if (page === 1) document = pageId
      if (blobId !== null) pages.setBlob(pageId, blobId)
      return { pageId, file, name, page }
    })
    return enqueue(read, options)
  }
  const told = (page: Page): Page => {
    events.emit({ type: 'page.changed', pageId: page.id })
    return page
  }
  return {
    'pages.read': async ({ files, regions, ...options }) => {
      modelBehind(services, options.engine)
      const kept = blobs.keep()
      try {
        const located: LocatedPage[] = []
        for (const source of files) {
          const { file, name } = sources.locate(source)
          const count = await filePages(file)
          if (source.kind !== 'upload') located.push(...pagesOf({ file, name, count, blobId: null }))
          else {
            // The upload is temporary, and the job may be run again: from the stored bytes.
            const stored = await blobs.addFile(file)
            kept.add(stored.hash)
            const stays = blobs.files.loosePath(stored.hash)
            located.push(...pagesOf({ file: stays, name, count, blobId: stored.id }))
          }
        }
        const begun = store.transaction(() => begin(located, options, regions))()
        for (const source of files) await sources.release(source)
        for (const pageId of begun.pageIds) events.emit({ type: 'page.changed', pageId })
        kept.release()
        return begun
      } catch (cause) {
        kept.release()
        // What was stored for pages that there are not.
        await blobs
          .collectGarbage()
          .catch((error: unknown) => log.warn({ err: error }, 'unused files could not be removed'))
        throw cause
      }
    },
    'pages.readAgain': ({ pageIds, ...options }) => {
      const begun = store.transaction(() =>
        enqueue(
          pages.createAgain(pageIds).map((pageId) => {
            const { name, blob } = pages.get(pageId)
            if (blob === null)
              throw new GlyphlabError('CONFLICT', `${name}: its picture is not stored. Read the file again.`)
            return { pageId, file: null, name, page: 1 }
          }),
          options,
        ),
      )()
      for (const pageId of begun.pageIds) events.emit({ type: 'page.changed', pageId })
      return begun
    },
    'pages.engines': () => [
      {
        id: 'tesseract',
        title: 'Tesseract',
        description: 'Scans of printed English; finds columns and paragraphs.',
      },
      {
        id: 'ppocr',
        title: 'PP-OCR',
        description: 'Photographs and screens; Latin letters without accents, and Chinese.',
      },
      ...(visionStatus(services).ready
        ? [
            {
              id: googleVisionEngine,
              title: 'Google Cloud Vision',
              description: `Each page is sent to ${new URL(visionStatus(services).address).host} once, and costs.`,
            },
          ]
        : []),
      ...models.list().flatMap(({ name, aliases }) => {
        const latest = models.versions(name).at(0)
        if (latest?.kind !== 'line-recogniser') return []
        return [...Object.keys(aliases).map((alias) => `${name}@${alias}`), name].map((id) => {
          const { version, datasetLabel } = models.resolve(id)
          return {
            id,
            title: id,
            description: `Version ${version}, trained on ${datasetLabel ?? 'lines'}.`,
          }
        })
      }),
    ],
    'pages.preprocess': async ({ pageId, preprocessing, side }) => {
      const { name, recipe } = pages.get(pageId)
      // What is chosen for a page by itself is what was chosen when it was read.
      const steps = preprocessing === 'auto' ? (recipe?.steps ?? []) : preprocessing
      const bytes = await withStoredPicture(services, pageId, (file) => readFile(file))
      return previewPreprocessing(bytes, name, steps === 'none' ? [] : steps, side)
    },
    'pages.list': ({ offset, limit }) => pages.list(offset, limit),
    'pages.get': ({ pageId }) => pages.get(pageId),
    'pages.correctWord': ({ pageId, wordIndex, text }) => told(pages.correct(pageId, wordIndex, text)),
    'pages.editWords': ({ pageId, edit }) => told(pages.editWords(pageId, edit)),
    'pages.arrange': async ({ pageId, change }: { pageId: string; change: PageChange }) =>
      told(
        change.kind === 'move'
          ? pages.move(pageId, change.to, change.pageId)
          : await arrangedPage(services, pageId, change),
      ),
    'pages.spelling': ({ pageId }) => spellingOf(pages.get(pageId)),
    'pages.setRegions': ({ pageId, regions }) => told(pages.setRegions(pageId, regions)),
    'pages.remove': ({ pageIds }) => {
      const removed = pages.remove(pageIds)
      for (const pageId of pageIds) events.emit({ type: 'page.changed', pageId })
      return { removed }
    },
    'pages.restore': ({ pageIds }) => {
      const restored = pages.restore(pageIds)
      for (const pageId of pageIds) events.emit({ type: 'page.changed', pageId })
      return { restored }
    },
    'pages.removed': () => pages.removed(),
    'pages.undo': ({ pageId }) => told(pages.undo(pageId)),
    'pages.redo': ({ pageId }) => told(pages.redo(pageId)),
    'pages.delete': async ({ pageIds }) => {
      const deleted = reserve.use(() => pages.delete(pageIds))
      await blobs.collectGarbage()
      for (const pageId of pageIds) events.emit({ type: 'page.changed', pageId })
      return { deleted }
    },
  }
}

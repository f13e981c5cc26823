import { filePages } from '../../imaging/file-pages.ts'
import type { HandlersOf, Services } from '../services.ts'
import type { PageOutputProcedure } from './page-output.ts'

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

export function pageProcedures({
  pages,
  blobs,
  sources,
  queue,
  events,
  store,
  log,
  reserve,
}: Services): Omit<HandlersOf<'pages'>, PageOutputProcedure> {
  const begin = (located: readonly LocatedPage[]) => {
    const read = located.map(({ file, name, page, count, blobId }) => {
      const pageId = pages.create(count > 1 ? `${name} (page ${page} of ${count})` : name)
      if (blobId !== null) pages.setBlob(pageId, blobId)
      return { pageId, file, name, page }
    })
    const [first] = read
    const title = read.length === 1 && first ? `Read ${first.name}` : `Read ${read.length} pictures`
    return { jobId: queue.add('ocr', title, { pages: read }).id, pageIds: read.map(({ pageId }) => pageId) }
  }
  return {
    'pages.read': async ({ files }) => {
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
        const begun = store.transaction(() => begin(located))()
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
    'pages.list': ({ offset, limit }) => pages.list(offset, limit),
    'pages.get': ({ pageId }) => pages.get(pageId),
    'pages.correctWord': ({ pageId, wordIndex, text }) => {
      const page = pages.correct(pageId, wordIndex, text)
      events.emit({ type: 'page.changed', pageId })
      return page
    },
    'pages.delete': async ({ pageIds }) => {
      const deleted = reserve.use(() => pages.delete(pageIds))
      await blobs.collectGarbage()
      for (const pageId of pageIds) events.emit({ type: 'page.changed', pageId })
      return { deleted }
    },
  }
}

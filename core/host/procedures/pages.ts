import type { HandlersOf, Services } from '../services.ts'

interface LocatedPage {
  file: string
  name: string
  blobId: number | null
}

export function pageProcedures({
  pages,
  blobs,
  sources,
  queue,
  events,
  store,
  log,
  reserve,
}: Services): HandlersOf<'pages'> {
  const begin = (located: readonly LocatedPage[]) => {
    const read = located.map(({ file, name, blobId }) => {
      const pageId = pages.create(name)
      if (blobId !== null) pages.setBlob(pageId, blobId)
      return { pageId, file, name }
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
          if (source.kind !== 'upload') located.push({ file, name, blobId: null })
          else {
            // The upload is temporary, and the job may be run again: from the stored bytes.
            const stored = await blobs.addFile(file)
            kept.add(stored.hash)
            located.push({ file: blobs.files.loosePath(stored.hash), name, blobId: stored.id })
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

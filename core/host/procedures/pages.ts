import type { HandlersOf, Services } from '../services.ts'

export function pageProcedures({ pages, blobs, sources, queue, events }: Services): HandlersOf<'pages'> {
  return {
    'pages.read': async ({ files }) => {
      const located = []
      for (const source of files) {
        const { file, name } = sources.locate(source)
        const pageId = pages.create(name)
        if (source.kind === 'upload') {
          // The upload is temporary, and the job may be run again: from the stored bytes.
          const stored = await blobs.addFile(file)
          pages.setBlob(pageId, stored.id)
          await sources.release(source)
          located.push({ pageId, file: blobs.files.loosePath(stored.hash), name })
        } else {
          located.push({ pageId, file, name })
        }
      }
      const pageIds = located.map(({ pageId }) => pageId)
      const [first] = located
      const job = queue.add(
        'ocr',
        located.length === 1 && first ? `Read ${first.name}` : `Read ${located.length} pictures`,
        { pages: located },
      )
      for (const pageId of pageIds) events.emit({ type: 'page.changed', pageId })
      return { jobId: job.id, pageIds }
    },
    'pages.list': ({ offset, limit }) => pages.list(offset, limit),
    'pages.get': ({ pageId }) => pages.get(pageId),
    'pages.correctWord': ({ pageId, wordIndex, text }) => {
      const page = pages.correct(pageId, wordIndex, text)
      events.emit({ type: 'page.changed', pageId })
      return page
    },
    'pages.delete': async ({ pageIds }) => {
      const deleted = pages.delete(pageIds)
      await blobs.collectGarbage()
      for (const pageId of pageIds) events.emit({ type: 'page.changed', pageId })
      return { deleted }
    },
  }
}

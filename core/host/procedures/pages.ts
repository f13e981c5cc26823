import { filePages } from '../../imaging/file-pages.ts'
import type { HandlersOf, Services } from '../services.ts'

export function pageProcedures({ pages, blobs, sources, queue, events }: Services): HandlersOf<'pages'> {
  return {
    'pages.read': async ({ files }) => {
      const located = []
      for (const source of files) {
        const { file, name } = sources.locate(source)
        const count = await filePages(file)
        const pageIds = Array.from({ length: count }, (_, index) =>
          pages.create(count > 1 ? `${name} (page ${index + 1} of ${count})` : name),
        )
        let kept = file
        const [firstId] = pageIds
        if (source.kind === 'upload' && firstId) {
          // The upload is temporary, and the job may be run again: from the stored bytes.
          const stored = await blobs.addFile(file)
          pages.setBlob(firstId, stored.id)
          await sources.release(source)
          kept = blobs.files.loosePath(stored.hash)
        }
        for (const [index, pageId] of pageIds.entries())
          located.push({ pageId, file: kept, name, page: index + 1 })
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

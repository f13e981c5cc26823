import path from 'node:path'
import { GlyphlabError } from '../../contract/index.ts'
import { outputFormat, outputFormats } from '../../ocr/output/index.ts'
import type { OutputPage } from '../../ocr/output/output.ts'
import { outgoingPages, outputOptions } from '../output-pages.ts'
import type { HandlersOf, Services } from '../services.ts'

export type PageOutputProcedure =
  | 'pages.formats'
  | 'pages.render'
  | 'pages.export'
  | 'pages.search'
  | 'pages.toDataset'

const counted = (count: number): string => (count === 1 ? '1 page' : `${count} pages`)

function refuseRelative(place: string): void {
  if (path.isAbsolute(place)) return
  throw new GlyphlabError(
    'INVALID_INPUT',
    `"${place}" is not a full path. Write it from the root of the disk.`,
  )
}

/** What was read leaves: as files, as text, as hits of a search, as a dataset. */
export function pageOutputProcedures(services: Services): Pick<HandlersOf<'pages'>, PageOutputProcedure> {
  const { pages, pageSearch, queue } = services
  return {
    'pages.formats': () =>
      outputFormats.map((format) => {
        const { id, title, description } = format
        if (format.kind === 'folder')
          return {
            id,
            title,
            description,
            extension: null,
            combines: false,
            textual: false,
            besidePicture: false,
          }
        const { extension, combines, textual, besidePicture } = format
        return { id, title, description, extension, combines, textual, besidePicture }
      }),
    'pages.render': async ({ pageIds, format: id }) => {
      const format = outputFormat(id)
      if (format.kind === 'folder' || !format.textual)
        throw new GlyphlabError('INVALID_INPUT', `${format.title} is no text. Export it to a file.`)
      if (pageIds.length > 1 && !format.combines)
        throw new GlyphlabError('INVALID_INPUT', `${format.title} holds one page a file.`)
      const warnings: string[] = []
      const outgoing = outgoingPages(services, pageIds, format.besidePicture ? 'file' : 'none', warnings)
      const each = async function* (): AsyncGenerator<OutputPage> {
        for await (const { page } of outgoing) yield page
      }
      let text = ''
      for await (const part of format.write(each(), outputOptions())) text += part
      return { text }
    },
    'pages.export': (input) => {
      const format = outputFormat(input.format)
      const { pageIds, directory, file, combine } = input
      if ((directory === undefined) === (file === undefined))
        throw new GlyphlabError('INVALID_INPUT', 'Name either a folder or a file to write to.')
      refuseRelative(directory ?? file ?? '')
      if (file !== undefined && format.kind === 'folder')
        throw new GlyphlabError('INVALID_INPUT', `${format.title} are several files: name a folder.`)
      const several = pageIds.length > 1 && (file !== undefined || combine)
      if (several && !(format.kind === 'file' && format.combines))
        throw new GlyphlabError(
          'INVALID_INPUT',
          `${format.title} holds one page a file: export ${counted(pageIds.length)} to a folder, one file each.`,
        )
      for (const pageId of pageIds) if (!pages.exists(pageId)) pages.get(pageId)
      return {
        jobId: queue.add('pages-export', `Export ${counted(pageIds.length)} as ${format.title}`, input).id,
      }
    },
    'pages.search': ({ text, pageId, offset, limit }) => pageSearch.search(text, pageId, offset, limit),
    'pages.toDataset': ({ pageIds, ...input }) => {
      const chosen = pageIds ?? pages.corrected()
      if (chosen.length === 0)
        throw new GlyphlabError(
          'INVALID_INPUT',
          'No page has a correction yet. Correct a word, or choose the pages.',
        )
      for (const pageId of chosen) if (!pages.exists(pageId)) pages.get(pageId)
      const title = `Make "${input.name}" of ${counted(chosen.length)}`
      return { jobId: queue.add('pages-dataset', title, { ...input, pageIds: chosen }).id }
    },
  }
}

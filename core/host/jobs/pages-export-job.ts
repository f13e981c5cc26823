import path from 'node:path'
import { z } from 'zod'
import { writeFreshFile, writeNewFile } from '../../blobs/new-file.ts'
import { removeAbandoned, writeNewFolder } from '../../blobs/new-folder.ts'
import { GlyphlabError } from '../../contract/index.ts'
import type { JobContext, JobHandler } from '../../jobs/job-queue.ts'
import { outputFormat } from '../../ocr/output/index.ts'
import type { FileFormat, OutputFormat, OutputPage } from '../../ocr/output/output.ts'
import { aboutFile, type OutgoingPage, outgoingPages, outputOptions } from '../output-pages.ts'
import type { Services } from '../services.ts'

const pagesExportInput = z.object({
  pageIds: z.array(z.string()),
  format: z.string(),
  directory: z.string().optional(),
  file: z.string().optional(),
  combine: z.boolean(),
  pictures: z.boolean(),
  resolution: z.number(),
})
type ExportRequest = z.infer<typeof pagesExportInput>

interface Written {
  page: OutputPage
  files: string[]
}

async function* single(content: string | Uint8Array): AsyncGenerator<string | Uint8Array> {
  yield content
}

/** Writes the pages of one export. */
class PagesExport {
  bytes = 0
  readonly written: Written[] = []
  readonly warnings: string[] = []
  private readonly services: Services
  private readonly request: ExportRequest
  private readonly format: OutputFormat
  private readonly context: JobContext
  private readonly startedAt = Date.now()

  constructor(services: Services, request: ExportRequest, context: JobContext) {
    this.services = services
    this.request = request
    this.format = outputFormat(request.format)
    this.context = context
  }

  get options() {
    return outputOptions(this.request.resolution)
  }

  /** The pages, with the progress told and a cancel heeded between them. */
  private async *pages(): AsyncGenerator<OutgoingPage> {
    const { pageIds, pictures } = this.request
    const isText = this.format.kind === 'file' && this.format.textual
    const describes = this.format.kind === 'file' && this.format.besidePicture
    const need = pictures || describes ? 'file' : isText ? 'none' : 'inside'
    let done = 0
    for await (const page of outgoingPages(this.services, pageIds, need, this.warnings)) {
      if (this.context.signal.aborted)
        throw new GlyphlabError('CANCELLED', 'The export was cancelled. Nothing of it was kept.')
      done += 1
      const rate = done / Math.max(0.001, (Date.now() - this.startedAt) / 1000)
      this.context.progress({
        value: Math.min(0.99, (done - 1) / pageIds.length),
        message: `Writing page ${done} of ${pageIds.length}`,
        rate,
        rateUnit: 'pages/s',
        remainingMs: ((pageIds.length - done + 1) / rate) * 1000,
      })
      // Let the window's requests in between.
      await new Promise((resolve) => setImmediate(resolve))
      yield page
    }
  }

  private refuseNothing(): void {
    if (this.written.length > 0) return
    throw new GlyphlabError(
      'INVALID_INPUT',
      `There is nothing to export: ${this.warnings.slice(0, 3).join(' ')}`,
    )
  }

  /** All pages into one file. */
  async combined(
    file: string,
    format: FileFormat,
    pictures?: (page: OutputPage) => Promise<string>,
  ): Promise<void> {
    const all = async function* (this: PagesExport): AsyncGenerator<OutputPage> {
      for await (const { page } of this.pages()) {
        this.written.push({ page, files: [path.basename(file), ...(pictures ? [await pictures(page)] : [])] })
        yield page
      }
      this.refuseNothing()
    }
    this.bytes += await writeNewFile(file, format.write(all.call(this), this.options))
  }

  /** Files of their own for each page, and what is known of them. */
  async folder(root: string): Promise<void> {
    const put = async (relative: string, content: string | Uint8Array) => {
      this.bytes += await writeFreshFile(path.join(root, ...relative.split('/')), single(content))
      return relative
    }
    const putPicture = async (page: OutputPage) => put(page.pictureName, await page.picture())
    const { format } = this
    const picture = this.request.pictures ? putPicture : undefined
    if (this.request.combine && format.kind === 'file')
      await this.combined(path.join(root, `pages.${format.extension}`), format, picture)
    else
      for await (const { page, stem } of this.pages()) {
        const files: string[] = []
        if (format.kind === 'file') {
          const name = `${stem}.${format.extension}`
          this.bytes += await writeFreshFile(path.join(root, name), format.write([page], this.options))
          files.push(name)
        } else
          for await (const { name, content } of format.write(page, this.options))
            files.push(await put(`${stem}/${name}`, content))
        if (picture) files.push(await picture(page))
        this.written.push({ page, files })
      }
    this.refuseNothing()
    const { app, created } = this.options
    const pages = this.written.map(({ page: { name, engine, language, languageDigest }, files }) => ({
      name,
      files,
      engine,
      language,
      languageDigest,
    }))
    await put(aboutFile, `${JSON.stringify({ app, created, format: format.id, pages }, null, 2)}\n`)
  }
}

/** Writes pages as other programs read them; recorded in the audit log. */
export function pagesExportJob(services: () => Services): JobHandler {
  return {
    kind: 'pages-export',
    atOnce: 1,
    async run(context) {
      const { audit, store } = services()
      const request = pagesExportInput.parse(context.input)
      const { format: id, directory, file } = request
      const format = outputFormat(id)
      const work = new PagesExport(services(), request, context)
      try {
        if (file !== undefined && format.kind === 'file') await work.combined(file, format)
        else if (directory !== undefined) await writeNewFolder(directory, (fresh) => work.folder(fresh))
      } catch (cause) {
        await removeAbandoned(directory ?? file ?? '')
        throw cause
      }
      const { written, warnings, bytes } = work
      for (const warning of warnings) context.log(warning)
      const place = directory === undefined ? { file } : { directory }
      store.transaction(() =>
        audit.append('pages.exported', format.title, { ...place, pages: written.length }),
      )()
      return {
        ...place,
        pages: written.length,
        files: file === undefined ? new Set(written.flatMap(({ files }) => files)).size : 1,
        bytes,
        warnings,
        pageIds: request.pageIds.slice(0, 1),
      }
    },
  }
}

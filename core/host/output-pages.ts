import { readBlob } from '../blobs/blob-files.ts'
import { GlyphlabError, type Page } from '../contract/index.ts'
import { safeName, UniqueNames } from '../datasets/exporters/safe-names.ts'
import { type ImageInfo, inspectImage, pagePicture, readablePages } from '../imaging/image.ts'
import { type OutputOptions, type OutputPage, toOutputPage } from '../ocr/output/output.ts'
import { engineVersion } from './resources.ts'
import type { Services } from './services.ts'

/** A page on its way out, with the names of its files. */
export interface OutgoingPage {
  page: OutputPage
  /** Safe and unique in the export, without an extension. */
  stem: string
}

/** What lies in a folder beside the files: who read which page with what. */
export const aboutFile = 'glyphlab-export.json'

const extensions: Record<string, string> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/tiff': 'tif',
  'image/avif': 'avif',
  'image/heif': 'heic',
  'image/svg+xml': 'svg',
  'image/bmp': 'bmp',
  'image/jp2': 'jp2',
}

export const outputOptions = (resolution = 300): OutputOptions => ({
  app: `Glyphlab ${engineVersion}`,
  created: new Date(),
  resolution,
})

/** `scan.tif (page 2 of 3)` becomes `scan-page-2`, `scan.tif` becomes `scan`. */
function stemOfPage(name: string): string {
  const [, file, page] = /^(.*?)(?: \(page (\d+) of \d+\))?$/s.exec(name) ?? []
  const stem = (file ?? name).replace(/(?<=[^/])\.[^./]*$/, '')
  return safeName(page === undefined ? stem : `${stem}-page-${page}`)
}

async function storedPicture({ blobs }: Services, { blob, name }: Page): Promise<Buffer> {
  const location = blob === null ? undefined : blobs.locate(blob)
  if (blob === null || !location)
    throw new GlyphlabError('NOT_FOUND', `${name}: its picture is not stored. Read it again.`)
  return readBlob(location, blob)
}

/** The picture as other programs open it: the original, or one page of it where it has several. */
async function pictureFile(bytes: Buffer, name: string, info: ImageInfo): Promise<[Buffer, string]> {
  const extension = extensions[info.mediaType]
  if (readablePages(info) > 1 || extension === undefined) return [await pagePicture(bytes, name, 1), 'png']
  return [bytes, extension]
}

/**
 * The pages with these ids in their order, one after the other. Those that have not been read, or whose picture is
 * needed and can't be had, are left out and said in `warnings`.
 * @param pictures `file`: each page's picture goes out beside it
 */
export async function* outgoingPages(
  services: Services,
  pageIds: readonly string[],
  pictures: 'none' | 'inside' | 'file',
  warnings: string[],
): AsyncGenerator<OutgoingPage> {
  const names = new UniqueNames()
  names.take(aboutFile)
  for (const pageId of pageIds) {
    const page = services.pages.get(pageId)
    if (page.status !== 'read') {
      warnings.push(`${page.name} was left out: it has not been read.`)
      continue
    }
    // The dot ends the name, so that a number goes behind the whole of one that comes again.
    const stem = names.take(`${stemOfPage(page.name)}.`).slice(0, -1)
    try {
      if (pictures === 'none') {
        yield { stem, page: toOutputPage(page, stem, () => storedPicture(services, page)) }
        continue
      }
      const stored = await storedPicture(services, page)
      const [bytes, extension] =
        pictures === 'file'
          ? await pictureFile(stored, page.name, await inspectImage(stored, page.name))
          : [stored, '']
      const pictureName = extension === '' ? stem : `${stem}.${extension}`
      yield { stem, page: toOutputPage(page, pictureName, async () => bytes) }
    } catch (cause) {
      if (!(cause instanceof GlyphlabError) || ['CANCELLED', 'DISK_FULL', 'FORBIDDEN'].includes(cause.code))
        throw cause
      warnings.push(`${page.name} was left out: ${cause.message.replace(`${page.name}: `, '')}`)
    }
  }
}

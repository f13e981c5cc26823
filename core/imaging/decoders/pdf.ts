import type { PDFiumDocument, PDFiumLibrary } from '@hyzyla/pdfium'
import { GlyphlabError } from '../../contract/index.ts'
import { type Decoder, damaged, loadLibrary, type PictureHeader, type RawPicture } from './decoder.ts'

/** A page is drawn at this many px per inch, and smaller where it would have too many pixels. */
const pixelsPerInch = 300
/** An A3 page at 300 dpi; the page of a file may claim metres. */
const maxPagePixels = 17_500_000
const maxSide = 16_000
const documentsPerLibrary = 32

let library: Promise<PDFiumLibrary> | null = null
let documents = 0

/** WebAssembly never gives memory back: a fresh library now and then keeps it from growing. */
function pdfium(name: string): Promise<PDFiumLibrary> {
  if (documents >= documentsPerLibrary) library = null
  if (!library) {
    documents = 0
    library = loadLibrary(name, 'a PDF page', async () => {
      const { PDFiumLibrary: Library } = await import('@hyzyla/pdfium')
      return Library.init()
    })
    library.catch(() => {
      library = null
    })
  }
  documents++
  return library
}

async function withDocument<T>(
  bytes: Buffer,
  name: string,
  use: (document: PDFiumDocument) => Promise<T>,
): Promise<T> {
  const opened = await pdfium(name)
  let document: PDFiumDocument
  try {
    document = await opened.loadDocument(bytes)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    if (/password/i.test(reason)) {
      throw new GlyphlabError(
        'UNREADABLE_FILE',
        `${name}: the PDF is locked with a password. Save a copy without one first.`,
      )
    }
    throw damaged(name, reason, cause)
  }
  try {
    return await use(document)
  } catch (cause) {
    // Whatever state the failure left it in, the next file gets a fresh one.
    documents = documentsPerLibrary
    throw cause instanceof GlyphlabError ? cause : damaged(name, String(cause), cause)
  } finally {
    document.destroy()
  }
}

/** The page and the size in px at which it is drawn. */
function pageOf(document: PDFiumDocument, name: string, page: number) {
  const pages = document.getPageCount()
  if (page < 1 || page > pages) throw damaged(name, `page ${page} of ${pages}`)
  const found = document.getPage(page - 1)
  const { originalWidth, originalHeight } = found.getOriginalSize()
  if (!(originalWidth > 0 && originalHeight > 0)) throw damaged(name, `page ${page} has no area`)
  const scale = Math.min(
    pixelsPerInch / 72,
    Math.sqrt(maxPagePixels / (originalWidth * originalHeight)),
    maxSide / Math.max(originalWidth, originalHeight),
  )
  const width = Math.max(1, Math.round(originalWidth * scale))
  const height = Math.max(1, Math.round(originalHeight * scale))
  return { found, width, height, pages }
}

/** BGR with a fourth byte to RGB, on white already. */
function toRgb(data: Uint8Array): Uint8Array {
  const pixels = new Uint8Array((data.length / 4) * 3)
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    pixels[to] = data[from + 2] as number
    pixels[to + 1] = data[from + 1] as number
    pixels[to + 2] = data[from] as number
  }
  return pixels
}

/** Pages of PDF files, drawn by PDFium in WebAssembly. */
export const pdf: Decoder = {
  id: 'pdf',
  title: 'PDF',
  mediaType: 'application/pdf',

  // Readers take what stands before the signature for a mail's or a printer's envelope.
  detects: (bytes) => bytes.subarray(0, 1024).includes('%PDF-'),

  inspect: (bytes, name, page) =>
    withDocument(bytes, name, async (document): Promise<PictureHeader> => {
      const { width, height, pages } = pageOf(document, name, page)
      return { width, height, pages }
    }),

  decode: (bytes, name, page) =>
    withDocument(bytes, name, async (document): Promise<RawPicture> => {
      const { found, width, height } = pageOf(document, name, page)
      const { data, ...drawn } = await found.render({
        scale: 1,
        width,
        height,
        render: 'bitmap',
        renderFormFields: true,
      })
      if (drawn.width !== width || drawn.height !== height) throw damaged(name, `page ${page} was not drawn`)
      return { width, height, channels: 3, pixels: toRgb(data) }
    }),
}

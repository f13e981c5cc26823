import { glyphlessFont, glyphWidth } from './glyphless-font.ts'
import { type FileFormat, readBy } from './output.ts'
import { PdfObjects, pdfNumber, pdfText } from './pdf-objects.ts'
import { drawingMatrix, pdfPicture } from './pdf-picture.ts'
import { CharacterCodes, invisibleText } from './pdf-text.ts'

const pointsPerInch = 72
/** ISO 32000-1, Annex C: a page is at most 200 inches wide. */
const mostPoints = 14_400

const pdfDate = (date: Date): string => `(D:${date.toISOString().replace(/\D/g, '').slice(0, 14)}Z)`

/** Every code shows the font's one glyph. */
const glyphOfCode = (): Buffer => {
  const map = Buffer.alloc(2 * 65_536)
  for (let code = 0; code < 65_536; code++) map[2 * code + 1] = 1
  return map
}

/** The pictures with their text invisible above them: looks like the scan, and can be searched, selected and copied. */
export const searchablePdf: FileFormat = {
  kind: 'file',
  id: 'pdf',
  title: 'Searchable PDF',
  description: 'The pictures as they are (JPEG byte for byte) with their text invisible above them.',
  extension: 'pdf',
  combines: true,
  textual: false,
  besidePicture: false,

  async *write(pages, { app, created, resolution: assumed }) {
    const pdf = new PdfObjects()
    const codes = new CharacterCodes()
    const [catalogue, tree, info, font, descendant, descriptor, fontFile, glyphs, unicode] = Array.from(
      { length: 9 },
      () => pdf.reserve(),
    ) as [number, number, number, number, number, number, number, number, number]
    const pageIds: number[] = []
    const names: string[] = []
    const readings = new Set<string>()
    yield pdf.header()
    for await (const page of pages) {
      const [pageId, pictureId, contentId] = [pdf.reserve(), pdf.reserve(), pdf.reserve()]
      const picture = await pdfPicture(await page.picture(), page.name)
      const scale = Math.min(
        pointsPerInch / (picture.resolution ?? assumed),
        mostPoints / Math.max(page.width, page.height),
      )
      const [width, height] = [page.width * scale, page.height * scale]
      yield pdf.stream(pictureId, picture.entries, picture.bytes)
      const matrix = drawingMatrix(picture.orientation, width, height).map(pdfNumber).join(' ')
      const content = `q ${matrix} cm /Im Do Q\n${invisibleText(page, scale, height, codes)}`
      yield await pdf.deflatedStream(contentId, '', content)
      yield pdf.object(
        pageId,
        `<< /Type /Page /Parent ${tree} 0 R /MediaBox [0 0 ${pdfNumber(width)} ${pdfNumber(height)}] /Contents ${contentId} 0 R /Resources << /XObject << /Im ${pictureId} 0 R >> /Font << /F ${font} 0 R >> >> >>`,
      )
      pageIds.push(pageId)
      names.push(page.name)
      readings.add(readBy(page))
    }
    const toUnicode = codes.toUnicode()
    yield pdf.object(
      font,
      `<< /Type /Font /Subtype /Type0 /BaseFont /GlyphLessFont /Encoding /Identity-H /DescendantFonts [${descendant} 0 R] /ToUnicode ${unicode} 0 R >>`,
    )
    yield pdf.object(
      descendant,
      `<< /Type /Font /Subtype /CIDFontType2 /BaseFont /GlyphLessFont /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor ${descriptor} 0 R /CIDToGIDMap ${glyphs} 0 R /DW ${glyphWidth} >>`,
    )
    yield pdf.object(
      descriptor,
      `<< /Type /FontDescriptor /FontName /GlyphLessFont /Flags 5 /FontBBox [0 0 ${glyphWidth} 1000] /ItalicAngle 0 /Ascent 1000 /Descent -1 /CapHeight 1000 /StemV 80 /FontFile2 ${fontFile} 0 R >>`,
    )
    yield pdf.stream(fontFile, `/Length1 ${glyphlessFont.length}`, glyphlessFont)
    yield await pdf.deflatedStream(glyphs, '', glyphOfCode())
    yield await pdf.deflatedStream(unicode, '', toUnicode)
    yield pdf.object(
      tree,
      `<< /Type /Pages /Count ${pageIds.length} /Kids [${pageIds.map((id) => `${id} 0 R`).join(' ')}] >>`,
    )
    yield pdf.object(catalogue, `<< /Type /Catalog /Pages ${tree} 0 R >>`)
    const title = names.length === 1 ? names[0] : `${names[0]} and ${names.length - 1} more`
    yield pdf.object(
      info,
      `<< /Title ${pdfText(title ?? '')} /Creator ${pdfText(app)} /Producer ${pdfText(app)} /Subject ${pdfText([...readings].join('; '))} /CreationDate ${pdfDate(created)} >>`,
    )
    yield pdf.end(catalogue, info)
  },
}

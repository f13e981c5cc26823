import type { Box } from '../../contract/index.ts'
import { escapeXml } from '../../domain/xml-text.ts'
import { areasOf, type OutputCell, type OutputLine, wholePixels } from './layout.ts'
import { type FileFormat, type OutputOptions, type OutputPage, type OutputWord, readBy } from './output.ts'

const namespace = 'http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15'

function coords(box: Box): string {
  const { x0, y0, x1, y1 } = wholePixels(box)
  return `<Coords points="${x0},${y0} ${x1},${y0} ${x1},${y1} ${x0},${y1}"/>`
}

const reading = (text: string, attributes = ''): string =>
  `<TextEquiv${attributes}><Unicode>${escapeXml(text)}</Unicode></TextEquiv>`

/** Where a person has corrected it, what was read stands second. */
function word({ text, read, confidence, box }: OutputWord, id: string): string {
  const sure = ` conf="${Number(confidence.toFixed(4))}"`
  const readings =
    read === null
      ? reading(text, sure)
      : `${reading(text, ` index="0"${sure}`)}${reading(read, ' index="1" comments="as read"')}`
  return `        <Word id="${id}">${coords(box)}${readings}</Word>\n`
}

const textLine = (
  { words, box, text }: OutputLine,
  id: string,
): string => `      <TextLine id="${id}">${coords(box)}
${words.map((one, at) => word(one, `${id}w${at + 1}`)).join('')}        ${reading(text)}
      </TextLine>
`

/** A cell of a table, with its place in it. */
const cellRegion = (
  { row, column, rows, columns, box, lines }: OutputCell,
  id: string,
): string => `    <TextRegion id="${id}">${coords(box)}
      <Roles><TableCellRole rowIndex="${row}" columnIndex="${column}" rowSpan="${rows}" colSpan="${columns}"/></Roles>
${lines.map((line, at) => textLine(line, `${id}l${at + 1}`)).join('')}      ${reading(lines.map(({ text }) => text).join('\n'))}
    </TextRegion>
`

/** A page as PAGE XML. */
export function pageDocument(page: OutputPage, { app, created }: OutputOptions): string {
  const blocks = areasOf(page)
  const regions = blocks.map(({ blocks: own, box, table }, at) => {
    const id = `r${at + 1}`
    if (table)
      return `    <TableRegion id="${id}" rows="${table.rows}" columns="${table.columns}" lineSeparators="${table.by === 'lines'}">${coords(box)}
${table.cells.map((cell) => cellRegion(cell, `${id}r${cell.row + 1}c${cell.column + 1}`)).join('')}    </TableRegion>
`
    const lines = own.flatMap((block) => block.lines)
    return `    <TextRegion id="${id}" type="paragraph">${coords(box)}
${lines.map((line, lineAt) => textLine(line, `${id}l${lineAt + 1}`)).join('')}      ${reading(lines.map(({ text }) => text).join('\n'))}
    </TextRegion>
`
  })
  const order = blocks.map((_, at) => `        <RegionRefIndexed index="${at}" regionRef="r${at + 1}"/>\n`)
  const readingOrder =
    blocks.length === 0
      ? ''
      : `    <ReadingOrder>
      <OrderedGroup id="order">
${order.join('')}      </OrderedGroup>
    </ReadingOrder>
`
  const time = created.toISOString().slice(0, 19)
  return `<?xml version="1.0" encoding="UTF-8"?>
<PcGts xmlns="${namespace}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="${namespace} ${namespace}/pagecontent.xsd">
  <Metadata><Creator>${escapeXml(app)}</Creator><Created>${time}</Created><LastChange>${time}</LastChange><Comments>${escapeXml(readBy(page))}</Comments></Metadata>
  <Page imageFilename="${escapeXml(page.pictureName)}" imageWidth="${page.width}" imageHeight="${page.height}">
${readingOrder}${regions.join('')}  </Page>
</PcGts>
`
}

/** PAGE XML 2019-07-15 (https://github.com/PRImA-Research-Lab/PAGE-XML). */
export const pageXml: FileFormat = {
  kind: 'file',
  id: 'page',
  title: 'PAGE XML 2019',
  description: 'What Transkribus, eScriptorium and OCR-D read: regions in reading order, lines and words.',
  extension: 'xml',
  combines: false,
  textual: true,
  besidePicture: true,

  async *write(pages, options) {
    for await (const page of pages) yield pageDocument(page, options)
  },
}

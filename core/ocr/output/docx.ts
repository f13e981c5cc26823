import { Document, Packer, PageBreak, Paragraph, Table, TableCell, TableRow, TextRun, WidthType } from 'docx'
import { areasOf, isRightToLeft, type OutputBlock, type OutputTable } from './layout.ts'
import { type FileFormat, type OutputPage, readBy } from './output.ts'

/** What XML 1.0 can't hold. */
const plain = (text: string): string =>
  text.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')

function paragraph({ lines }: Pick<OutputBlock, 'lines'>, startsPage: boolean, after: number): Paragraph {
  const text = plain(lines.map((line) => line.text).join(' '))
  const rightToLeft = isRightToLeft(text)
  return new Paragraph({
    bidirectional: rightToLeft,
    spacing: { after },
    children: [...(startsPage ? [new PageBreak()] : []), new TextRun({ text, rightToLeft })],
  })
}

function tableOf({ rows, cells }: OutputTable): Table {
  return new Table({
    width: { size: 100, type: WidthType.PERCENTAGE },
    rows: Array.from({ length: rows }, (_, row) => {
      const own = cells.filter((cell) => cell.row === row)
      return new TableRow({
        children: own.map(
          (cell) =>
            new TableCell({
              rowSpan: cell.rows,
              columnSpan: cell.columns,
              children: [paragraph(cell, false, 0)],
            }),
        ),
      })
    }),
  })
}

/** A paragraph for each block, its lines flowing, and tables as tables; a page begins on a new one. */
function partsOf(page: OutputPage, first: boolean): (Paragraph | Table)[] {
  const parts = areasOf(page).flatMap(({ blocks, table }, at): (Paragraph | Table)[] => {
    const startsPage = at === 0 && !first
    if (table)
      return [
        ...(startsPage ? [new Paragraph({ children: [new PageBreak()] })] : []),
        tableOf(table),
        // Two tables in a row would be one.
        new Paragraph({ spacing: { after: 160 } }),
      ]
    return blocks.map((block, blockAt) => paragraph(block, startsPage && blockAt === 0, 160))
  })
  return parts.length === 0 && !first ? [new Paragraph({ children: [new PageBreak()] })] : parts
}

export const docx: FileFormat = {
  kind: 'file',
  id: 'docx',
  title: 'Word (DOCX)',
  description: 'A paragraph for each block, tables, a new page for each page, to edit in a word processor.',
  extension: 'docx',
  combines: true,
  textual: false,
  besidePicture: false,

  async *write(pages, { app }) {
    const children: (Paragraph | Table)[] = []
    const readings = new Set<string>()
    const names: string[] = []
    for await (const page of pages) {
      children.push(...partsOf(page, names.length === 0))
      readings.add(readBy(page))
      names.push(page.name)
    }
    const title = names.length === 1 ? names[0] : `${names[0]} and ${names.length - 1} more`
    const document = new Document({
      creator: app,
      title: plain(title ?? ''),
      description: [...readings].join('; '),
      sections: [{ children }],
    })
    yield await Packer.toBuffer(document)
  },
}

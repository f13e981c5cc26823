import { Document, Packer, PageBreak, Paragraph, TextRun } from 'docx'
import { blocksOf, isRightToLeft } from './layout.ts'
import { type FileFormat, type OutputPage, readBy } from './output.ts'

/** What XML 1.0 can't hold. */
const plain = (text: string): string =>
  text.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')

/** A paragraph for each block, its lines flowing; a page begins on a new one. */
function paragraphsOf(page: OutputPage, first: boolean): Paragraph[] {
  const paragraphs = blocksOf(page).map(({ lines }, at) => {
    const text = plain(lines.map((line) => line.text).join(' '))
    const rightToLeft = isRightToLeft(text)
    return new Paragraph({
      bidirectional: rightToLeft,
      spacing: { after: 160 },
      children: [...(at === 0 && !first ? [new PageBreak()] : []), new TextRun({ text, rightToLeft })],
    })
  })
  return paragraphs.length === 0 && !first ? [new Paragraph({ children: [new PageBreak()] })] : paragraphs
}

export const docx: FileFormat = {
  kind: 'file',
  id: 'docx',
  title: 'Word (DOCX)',
  description: 'A paragraph for each block, a new page for each page, to edit in a word processor.',
  extension: 'docx',
  combines: true,
  textual: false,
  besidePicture: false,

  async *write(pages, { app }) {
    const children: Paragraph[] = []
    const readings = new Set<string>()
    const names: string[] = []
    for await (const page of pages) {
      children.push(...paragraphsOf(page, names.length === 0))
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

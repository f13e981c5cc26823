import type { Box } from '../../contract/index.ts'
import { escapeXml } from '../../domain/xml-text.ts'
import { areasOf, isRightToLeft, type OutputLine, wholePixels } from './layout.ts'
import { type FileFormat, type OutputPage, readBy } from './output.ts'

const bbox = (box: Box): string => {
  const { x0, y0, x1, y1 } = wholePixels(box)
  return `bbox ${x0} ${y0} ${x1} ${y1}`
}

function pageElement(page: OutputPage, number: number): string {
  const paragraph = (own: readonly OutputLine[], place: string, parBox: Box, title = '') => {
    const right = isRightToLeft(own.map(({ text }) => text).join(' ')) ? ' dir="rtl"' : ''
    const lines = own.map(({ words, box }, lineAt) => {
      const spans = words.map(
        ({ text, confidence, box: wordBox }, wordAt) =>
          `<span class="ocrx_word" id="word_${place}_${lineAt + 1}_${wordAt + 1}" title="${bbox(wordBox)}; x_wconf ${Math.round(confidence * 100)}">${escapeXml(text)}</span>`,
      )
      const { y0, y1 } = wholePixels(box)
      return `     <span class="ocr_line" id="line_${place}_${lineAt + 1}" title="${bbox(box)}; baseline 0 0; x_size ${y1 - y0}">${spans.join(' ')}</span>\n`
    })
    return `    <p class="ocr_par" id="par_${place}"${right} title="${bbox(parBox)}${title}">
${lines.join('')}    </p>
`
  }
  const blocks = areasOf(page).map(({ box, blocks: own, table }, areaAt) => {
    const place = `${number}_${areaAt + 1}`
    const parts = table
      ? table.cells.map((cell) =>
          paragraph(
            cell.lines,
            `${place}_r${cell.row + 1}c${cell.column + 1}`,
            cell.box,
            `; x_cell ${cell.row} ${cell.column} ${cell.rows} ${cell.columns}`,
          ),
        )
      : own.map((block, at) =>
          paragraph(block.lines, own.length === 1 ? place : `${place}_${at + 1}`, block.box),
        )
    return `   <div class="${table ? 'ocr_table' : 'ocr_carea'}" id="block_${place}" title="${bbox(box)}">
${parts.join('')}   </div>
`
  })
  // A quotation mark would end the name; safe names have none.
  const title = `image "${page.pictureName.replaceAll('"', '_')}"; ${bbox({ x0: 0, y0: 0, x1: page.width, y1: page.height })}; ppageno ${number - 1}`
  return `  <!-- ${escapeXml(readBy(page)).replace(/-{2,}/g, '-')} -->
  <div class="ocr_page" id="page_${number}" title="${escapeXml(title)}">
${blocks.join('')}  </div>
`
}

/** hOCR 1.2 (http://kba.github.io/hocr-spec/1.2/) as XHTML. */
export const hocr: FileFormat = {
  kind: 'file',
  id: 'hocr',
  title: 'hOCR',
  description: 'XHTML with a box for each block, line and word.',
  extension: 'hocr',
  combines: true,
  textual: true,
  besidePicture: true,

  async *write(pages, { app }) {
    yield `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title></title>
  <meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>
  <meta name="ocr-system" content="${escapeXml(app)}"/>
  <meta name="ocr-capabilities" content="ocr_page ocr_carea ocr_table ocr_par ocr_line ocrx_word ocrp_wconf"/>
 </head>
 <body>
`
    let number = 0
    for await (const page of pages) {
      number += 1
      yield pageElement(page, number)
    }
    yield ' </body>\n</html>\n'
  },
}

import { areasOf, type OutputTable, rowsOfTable } from './layout.ts'
import { type FileFormat, readBy } from './output.ts'

/** A form feed between pages, as tesseract writes it. */
const pageBreak = '\f'

export const plainText: FileFormat = {
  kind: 'file',
  id: 'txt',
  title: 'Text',
  description: 'Lines as on the page, an empty line between blocks, UTF-8.',
  extension: 'txt',
  combines: true,
  textual: true,
  besidePicture: false,

  async *write(pages) {
    let first = true
    for await (const { text } of pages) {
      yield `${first ? '' : pageBreak}${text}`
      first = false
    }
  },
}

/** What Markdown would take for markup; at the start of a line also what begins a heading, a list or a quotation. */
const escapeMarkdown = (text: string): string =>
  text
    .replace(/[\\`*_[\]<]/g, '\\$&')
    .replace(/^(#+|[-+>=])(?=\s|$)/, '\\$1')
    .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2')

/** A comment in HTML, which `--` would end. */
const comment = (text: string): string => `<!-- ${text.replace(/-{2,}/g, '-')} -->\n\n`

/** Its first row is the head: Markdown knows of no table without one. */
function markdownTable(table: OutputTable): string {
  const rows = rowsOfTable(table).map(
    (row) => `| ${row.map((cell) => escapeMarkdown(cell).replaceAll('|', '\\|')).join(' | ')} |\n`,
  )
  return `${[rows[0], `|${' --- |'.repeat(table.columns)}\n`, ...rows.slice(1)].join('')}\n`
}

export const markdown: FileFormat = {
  kind: 'file',
  id: 'md',
  title: 'Markdown',
  description: 'A paragraph for each block, tables as tables, a rule between pages.',
  extension: 'md',
  combines: true,
  textual: true,
  besidePicture: false,

  async *write(pages, { app }) {
    let first = true
    for await (const page of pages) {
      yield `${first ? '' : '---\n\n'}${comment(`${page.name}: ${app}, ${readBy(page)}`)}`
      for (const { blocks, table } of areasOf(page))
        if (table) yield markdownTable(table)
        else
          for (const { lines } of blocks)
            yield `${escapeMarkdown(lines.map(({ text }) => text).join(' '))}\n\n`
      first = false
    }
  },
}

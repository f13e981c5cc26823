import type { Box } from '../../contract/index.ts'
import { areasOf, blocksOf, rowsOfTable, wholePixels } from './layout.ts'
import type { FileFormat, FolderFormat, OutputPage } from './output.ts'

const columns = [
  'level',
  'page_num',
  'block_num',
  'par_num',
  'line_num',
  'word_num',
  'left',
  'top',
  'width',
  'height',
  'conf',
  'text',
]

type Row = (string | number)[]

/** Tesseract's rows: page, block, paragraph, line, word as levels 1 to 5; a confidence at level 5 only, 0..100. */
function* rowsOf(page: OutputPage, pageNumber: number): Generator<Row> {
  const row = (numbers: number[], box: Box, confidence: number, text: string): Row => {
    const { x0, y0, x1, y1 } = wholePixels(box)
    const places = [pageNumber, ...numbers, 0, 0, 0, 0].slice(0, 5)
    return [numbers.length + 1, ...places, x0, y0, x1 - x0, y1 - y0, confidence, text]
  }
  yield row([], { x0: 0, y0: 0, x1: page.width, y1: page.height }, -1, '')
  for (const [blockAt, block] of blocksOf(page).entries()) {
    const blockNumber = blockAt + 1
    yield row([blockNumber], block.box, -1, '')
    yield row([blockNumber, 1], block.box, -1, '')
    for (const [lineAt, line] of block.lines.entries()) {
      yield row([blockNumber, 1, lineAt + 1], line.box, -1, '')
      for (const [wordAt, { box, confidence, text }] of line.words.entries())
        yield row([blockNumber, 1, lineAt + 1, wordAt + 1], box, Number((confidence * 100).toFixed(4)), text)
    }
  }
}

const tabbed = (row: Row): string =>
  `${row.map((cell) => String(cell).replace(/[\t\r\n]/g, ' ')).join('\t')}\n`

/** RFC 4180. */
const quoted = (row: Row): string =>
  `${row.map((cell) => (/[",\r\n]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : cell)).join(',')}\r\n`

function table(
  facts: Pick<FileFormat, 'id' | 'title' | 'description' | 'extension'>,
  line: (row: Row) => string,
): FileFormat {
  return {
    kind: 'file',
    ...facts,
    combines: true,
    textual: true,
    besidePicture: false,
    async *write(pages) {
      yield line(columns)
      let number = 0
      for await (const page of pages) {
        number += 1
        yield [...rowsOf(page, number)].map(line).join('')
      }
    },
  }
}

export const tsv = table(
  {
    id: 'tsv',
    title: 'TSV, tesseract’s columns',
    description: 'A row for each page, block, paragraph, line and word, as tesseract writes them.',
    extension: 'tsv',
  },
  tabbed,
)

export const csv = table(
  {
    id: 'csv',
    title: 'CSV, tesseract’s columns',
    description: 'The same table with commas, for spreadsheets.',
    extension: 'csv',
  },
  quoted,
)

export const tables: FolderFormat = {
  kind: 'folder',
  id: 'tables',
  title: 'Tables (CSV)',
  description: 'A folder for each page with a CSV file for each of its tables: rows and columns of cells.',

  async *write(page) {
    const found = areasOf(page).flatMap(({ table: one }) => (one ? [one] : []))
    for (const [at, one] of found.entries())
      yield { name: `table-${at + 1}.csv`, content: rowsOfTable(one).map(quoted).join('') }
  },
}

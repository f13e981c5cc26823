import path from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OcrReading, PageRegion } from '../contract/index.ts'
import { readPageXml } from '../datasets/importers/page-xml.ts'
import type { OcrEngine } from './engines/engine.ts'
import { createTesseractEngine } from './engines/tesseract.ts'
import { cellsOf, wordsInCells } from './layout/table-grid.ts'
import { docx } from './output/docx.ts'
import { areasOf, rowsOfTable } from './output/layout.ts'
import { toOutputPage } from './output/output.ts'
import { pageXml } from './output/page-xml.ts'
import { tables } from './output/tables.ts'
import { options, pageOf, written } from './output/testing/pages.ts'
import { markdown } from './output/text.ts'

const languageDirectory = path.resolve('node_modules/@tesseract.js-data/eng/4.0.0_best_int')

const rows = [
  ['Fruit', 'Weight', 'Price'],
  ['Apple', '120', '35'],
  ['Orange juice', '240', '60'],
  ['Banana', '180', '45'],
]
const [left, top, column, row] = [60, 120, 260, 60]

/** A page with a line of text above and below a table. */
function picture(lines: boolean): Promise<Buffer> {
  const text = (x: number, y: number, content: string) =>
    `<text x="${x}" y="${y}" font-family="DejaVu Sans, sans-serif" font-size="28">${content}</text>`
  const edges = lines
    ? [
        ...Array.from({ length: 5 }, (_, at) => `M${left} ${top + at * row}h${3 * column}`),
        ...Array.from({ length: 4 }, (_, at) => `M${left + at * column} ${top}v${4 * row}`),
      ]
    : []
  const cells = rows.flatMap((cellsOfRow, y) =>
    cellsOfRow.map((content, x) => text(left + 20 + x * column, top + 40 + y * row, content)),
  )
  return sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="900" height="480"><rect width="900" height="480" fill="#fff"/>
      ${text(60, 70, 'What the market sold in May')}${cells.join('')}${text(60, 440, 'All weights are in grams.')}
      <path d="${edges.join('')}" stroke="#000" stroke-width="3"/></svg>`,
    ),
  )
    .png()
    .toBuffer()
}

const outputOf = (reading: OcrReading, regions: PageRegion[] = []) =>
  toOutputPage(
    { ...pageOf('table.png', reading, reading.words), tables: reading.tables ?? [], regions },
    'table.png',
    async () => Buffer.alloc(0),
  )
const tablesOf = (reading: OcrReading) =>
  areasOf(outputOf(reading)).flatMap(({ table }) => (table ? [rowsOfTable(table)] : []))

describe('a table', () => {
  let engine: OcrEngine
  let ruled: OcrReading
  beforeAll(async () => {
    engine = createTesseractEngine({ languageDirectory })
    ruled = await engine.read(await picture(true), 'table.png')
  }, 30_000)
  afterAll(() => engine.close())

  it('with drawn lines is found on a page, and its words stand in its cells', () => {
    expect(ruled.tables).toMatchObject([{ rows: 4, columns: 3, by: 'lines' }])
    expect(tablesOf(ruled)).toEqual([rows])
    expect(ruled.text).toBe(
      `What the market sold in May\n\n${rows.map((cells) => cells.join(' ')).join('\n')}\n\nAll weights are in grams.\n`,
    )
  })

  it('without lines is read from a region that is drawn, by the white between its columns', async () => {
    const regions: PageRegion[] = [
      { kind: 'table', box: { x0: 40, y0: 110, x1: 860, y1: 370 } },
      { kind: 'text', box: { x0: 40, y0: 30, x1: 860, y1: 90 } },
    ]
    const reading = await engine.read(await picture(false), 'table.png', {
      psm: 3,
      preprocessing: 'auto',
      regions,
    })
    expect(reading.tables).toMatchObject([{ rows: 4, columns: 3, by: 'gaps' }])
    expect(tablesOf(reading)).toEqual([rows])
    expect(reading.text).toMatch(/45\n\nWhat the market sold in May\n$/)
  })

  it('goes out as a table to CSV, Markdown, Word and PAGE', async () => {
    const page = outputOf(ruled)
    const files: { name: string; content: string | Uint8Array }[] = []
    for await (const file of tables.write(page, options)) files.push(file)
    expect(files).toEqual([
      { name: 'table-1.csv', content: rows.map((cells) => `${cells.join(',')}\r\n`).join('') },
    ])
    expect((await written(markdown, [page])).toString()).toContain(
      '| Fruit | Weight | Price |\n| --- | --- | --- |\n| Apple | 120 | 35 |\n',
    )
    expect((await written(docx, [page])).length).toBeGreaterThan(1_000)
    const xml = (await written(pageXml, [page])).toString()
    expect(xml).toContain('<TableRegion id="r2" rows="4" columns="3" lineSeparators="true">')
    expect(xml).toContain('<TableCellRole rowIndex="2" columnIndex="0" rowSpan="1" colSpan="1"/>')
    const [back] = readPageXml(Buffer.from(xml), { path: 'table.xml', file: '' })
    expect(back?.lines.flatMap((line) => line.words.map(({ text }) => text))).toEqual(
      page.words.map(({ text }) => text),
    )
  })

  it('has cells over several columns and rows where no line is drawn between them', () => {
    const box = { x0: 0, y0: 0, x1: 300, y1: 90 }
    const across = [0, 30, 60, 90].map((y) => ({ x0: y === 60 ? 100 : 0, y0: y, x1: 300, y1: y + 1 }))
    const down = [0, 100, 200, 300].map((x) => ({ x0: x, y0: x === 200 ? 30 : 0, x1: x + 1, y1: 90 }))
    const table = cellsOf(box, { across, down }, [])
    const spans = table?.cells.map(({ row: y, column: x, rows: tall, columns: wide }) => [y, x, tall, wide])
    expect(spans).toEqual([
      [0, 0, 1, 1],
      [0, 1, 1, 2],
      [1, 0, 2, 1],
      [1, 1, 1, 1],
      [1, 2, 1, 1],
      [2, 1, 1, 1],
      [2, 2, 1, 1],
    ])
    // One word over the line between two columns is the word of both.
    const symbol = (text: string, x0: number) => ({
      text,
      confidence: 1,
      box: { x0, y0: 40, x1: x0 + 10, y1: 50 },
    })
    const word = {
      text: 'ab',
      confidence: 1,
      box: { x0: 185, y0: 40, x1: 215, y1: 50 },
      line: 0,
      block: 0,
      symbols: [symbol('a', 185), symbol('b', 205)],
    }
    expect(table && wordsInCells([word], table).map(({ text }) => text)).toEqual(['a', 'b'])
  })
})

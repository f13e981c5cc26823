import { execFileSync, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fromBuffer } from 'yauzl'
import { importInto } from '../../datasets/testing/imported.ts'
import { alto } from './alto.ts'
import { docx } from './docx.ts'
import { hocr } from './hocr.ts'
import { outputFormats } from './index.ts'
import { json, jsonLines } from './json.ts'
import { blocksOf } from './layout.ts'
import type { FileFormat, OutputPage } from './output.ts'
import { pageXml } from './page-xml.ts'
import { csv, tsv } from './tables.ts'
import { options, readPages, written } from './testing/pages.ts'
import { markdown, plainText } from './text.ts'
import { textLines } from './text-lines.ts'

const schemas =
  ['../shared', '../../shared']
    .map((shared) => path.resolve(shared, 'data/ocr-kraken-resources'))
    .find((folder) => existsSync(folder)) ?? ''
const canValidate = schemas !== '' && spawnSync('xmllint', ['--version']).error === undefined

let folder: string
let pages: OutputPage[]
let page: OutputPage
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-formats-'))
  pages = await readPages(
    ['phototest.tif', 'simple-90.jpg'].map((name) => path.resolve('data/ocr', name)),
    { 0: 'Th<i>s & "that"', 1: '', 2: 'two words' },
  )
  page = pages[0] as OutputPage
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const text = async (format: FileFormat, of = pages): Promise<string> => (await written(format, of)).toString()

describe('what goes out', () => {
  it('is told apart by ids and by what it is', () => {
    expect(new Set(outputFormats.map(({ id }) => id)).size).toBe(outputFormats.length)
  })

  it('has the corrections, and what they stand for where there is a place for it', async () => {
    expect(page.words[0]).toMatchObject({ text: 'Th<i>s & "that"', read: 'This', confidence: 1 })
    expect(page.words[1]?.text).toBe('two words')
    expect(await text(plainText)).toMatch(/^Th<i>s & "that" two words lot of 12 point text/)
    expect(await text(markdown)).toContain('Th\\<i>s & "that" two words lot of 12 point text to test the ocr')
    expect(await text(alto, [page])).toContain('CS="true"><ALTERNATIVE PURPOSE="as read">This</ALTERNATIVE>')
    expect(await text(pageXml, [page])).toContain('<Unicode>This</Unicode>')
  })

  it('says who read it, with what, where the format has a place for it', async () => {
    for (const format of [markdown, hocr, alto, pageXml, json, jsonLines]) {
      const content = await text(format, [page])
      expect(content).toMatch(/Glyphlab[\s\S]*9\.9\.9/)
      expect(content).toMatch(/tesseract/)
      expect(content).toContain('a'.repeat(64))
    }
  })

  it.skipIf(!canValidate)('is ALTO and PAGE by their schemas', async () => {
    const box = { x0: 0, y0: 0, x1: page.width, y1: page.height }
    const cells = [{ row: 0, column: 0, rows: 1, columns: 1, box }]
    const withTable = { ...page, tables: [{ box, rows: 1, columns: 1, cells, by: 'gaps' as const }] }
    for (const [format, schema] of [
      [alto, 'alto-4-3.xsd'],
      [pageXml, 'pagecontent.xsd'],
    ] as const) {
      for (const one of [...pages, { ...page, words: [] }, withTable]) {
        const file = path.join(folder, 'valid.xml')
        writeFileSync(file, await text(format, [one]))
        execFileSync('xmllint', ['--nonet', '--noout', '--schema', path.join(schemas, schema), file], {
          stdio: 'pipe',
        })
      }
    }
  })

  it('comes back from hOCR, ALTO and PAGE with every line, word and box', async () => {
    const shared = path.join(folder, 'hocr-both')
    mkdirSync(shared)
    writeFileSync(path.join(shared, 'both.hocr'), await text(hocr))
    for (const { name } of pages) copyFileSync(path.resolve('data/ocr', name), path.join(shared, name))
    for (const format of [alto, pageXml]) {
      const home = path.join(folder, format.id)
      mkdirSync(home)
      for (const one of pages) {
        writeFileSync(path.join(home, `${one.name}.xml`), await text(format, [one]))
        copyFileSync(path.resolve('data/ocr', one.name), path.join(home, one.name))
      }
    }
    const sorted = [...pages].sort((a, b) => (a.name < b.name ? -1 : 1))
    for (const source of [shared, path.join(folder, 'alto'), path.join(folder, 'page')]) {
      const whole = await importInto(folder, source)
      expect(whole.samples.map(({ boxes }) => boxes.map(({ label: _, ...box }) => box))).toEqual(
        sorted.map((one) =>
          blocksOf(one).flatMap(({ lines }) => lines.map(({ box, text: line }) => ({ ...box, text: line }))),
        ),
      )
      const words = await importInto(folder, source, { options: { cut: 'words' } })
      const sizes = ({ x0, y0, x1, y1 }: OutputPage['words'][number]['box']) => [x1 - x0, y1 - y0]
      expect(words.samples.map(({ text: word, width, height }) => [word, width, height])).toEqual(
        sorted.flatMap((one) => one.words.map((word) => [word.text, ...sizes(word.box)])),
      )
    }
  })

  it('is hOCR by its structure: pages hold areas, paragraphs, lines, words, each with its box', async () => {
    const content = await text(hocr)
    if (canValidate) {
      const file = path.join(folder, 'well-formed.hocr')
      writeFileSync(file, content)
      execFileSync('xmllint', ['--nonet', '--noout', '--recover', file], { stdio: 'pipe' })
    }
    const count = (name: string) => content.match(new RegExp(`class="${name}"`, 'g'))?.length
    expect(count('ocr_page')).toBe(2)
    expect(count('ocr_line')).toBe(
      pages.reduce((sum, one) => sum + blocksOf(one).flatMap(({ lines }) => lines).length, 0),
    )
    expect(count('ocrx_word')).toBe(pages.reduce((sum, one) => sum + one.words.length, 0))
    expect(content.match(/class="ocr\w+"/g)?.length).toBe(
      content.match(/title="[^"]*bbox \d+ \d+ \d+ \d+/g)?.length,
    )
    const ids = content.match(/ id="[^"]+"/g) ?? []
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('has tesseract’s columns as TSV and, quoted, as CSV', async () => {
    const rows = (await text(tsv))
      .trimEnd()
      .split('\n')
      .map((row) => row.split('\t'))
    expect(rows[0]?.join(' ')).toBe(
      'level page_num block_num par_num line_num word_num left top width height conf text',
    )
    expect(new Set(rows.map((row) => row.length))).toEqual(new Set([12]))
    expect(rows[1]).toEqual(['1', '1', '0', '0', '0', '0', '0', '0', '640', '480', '-1', ''])
    expect(rows.filter(([level]) => level === '5')).toHaveLength(
      pages.reduce((sum, one) => sum + one.words.length, 0),
    )
    expect(rows.find(([level]) => level === '5')).toEqual(
      expect.arrayContaining(['5', '1', '1', '100', 'Th<i>s & "that"']),
    )
    expect(await text(csv)).toContain(',100,"Th<i>s & ""that"""\r\n')
  })

  it('is JSON with words in lines in blocks, whole or a page a line', async () => {
    const parsed = JSON.parse(await text(json)) as { pages: { blocks: { lines: { words: object[] }[] }[] }[] }
    const words = parsed.pages.map(({ blocks }) =>
      blocks.flatMap(({ lines }) => lines.flatMap((line) => line.words)),
    )
    expect(words.map(({ length }) => length)).toEqual(pages.map((one) => one.words.length))
    expect(words[0]?.[0]).toEqual({
      text: 'Th<i>s & "that"',
      read: 'This',
      confidence: 1,
      box: page.words[0]?.box,
    })
    const lines = (await text(jsonLines)).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual(parsed.pages)
  })

  it('is a Word document with a paragraph for each block', async () => {
    const document = await unzipped(await written(docx, pages), 'word/document.xml')
    const paragraphs = document.match(/<w:p>.*?<\/w:p>/g) ?? []
    expect(paragraphs).toHaveLength(pages.flatMap(blocksOf).length)
    expect(paragraphs[0]).toContain('Th&lt;i&gt;s &amp; &quot;that&quot; two words lot of 12 point')
    expect(document.match(/<w:br w:type="page"\/>/g)).toHaveLength(1)
    expect(await unzipped(await written(docx, pages), 'docProps/core.xml')).toMatch(
      /Glyphlab 9\.9\.9[\s\S]*tesseract, eng/,
    )
  })

  it('is pictures of lines that import as a dataset', async () => {
    const home = path.join(folder, 'lines')
    mkdirSync(home)
    for await (const { name, content } of textLines.write(page, options))
      writeFileSync(path.join(home, name), content)
    const { samples, result } = await importInto(folder, home)
    expect(result.importer).toBe('text-lines')
    expect(samples.map(({ text: line }) => line)).toEqual(
      blocksOf(page).flatMap(({ lines }) => lines.map((line) => line.text)),
    )
    const [first] = blocksOf(page)[0]?.lines ?? []
    expect(samples[0]?.width).toBe((first?.box.x1 ?? 0) - (first?.box.x0 ?? 0))
  })

  it('is something even where nothing was found', async () => {
    const empty = { ...page, words: [], text: '', confidence: null }
    for (const format of outputFormats)
      if (format.kind === 'file')
        expect((await written(format, [empty, empty])).length).toBeGreaterThanOrEqual(0)
    expect(readFileSync(path.resolve('data/ocr/phototest.tif')).length).toBeGreaterThan(0)
  })
})

/** An entry of a zip archive as text. */
function unzipped(archive: Buffer, name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    fromBuffer(archive, { lazyEntries: true }, (failure, zip) => {
      if (failure) return reject(failure)
      zip.on('entry', (entry: { fileName: string }) => {
        if (entry.fileName !== name) return zip.readEntry()
        zip.openReadStream(entry as Parameters<typeof zip.openReadStream>[0], (broken, stream) => {
          if (broken) return reject(broken)
          const parts: Buffer[] = []
          stream.on('data', (part: Buffer) => parts.push(part))
          stream.on('end', () => resolve(Buffer.concat(parts).toString()))
        })
      })
      zip.on('end', () => reject(new Error(`${name} is not in the archive`)))
      zip.readEntry()
    })
  })
}

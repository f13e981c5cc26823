import { areasOf, blocksOf } from './layout.ts'
import type { FileFormat, OutputOptions, OutputPage } from './output.ts'

/** A page with all that is known of it: boxes in px, confidences 0..1. */
const toJson = (page: OutputPage, { app }: OutputOptions) => ({
  name: page.name,
  width: page.width,
  height: page.height,
  app,
  engine: page.engine,
  language: page.language,
  languageDigest: page.languageDigest,
  model: page.model,
  recipe: page.recipe,
  confidence: page.confidence,
  warnings: page.warnings,
  text: page.text,
  regions: page.regions,
  tables: areasOf(page).flatMap(({ table }) =>
    table
      ? [
          {
            ...table,
            cells: table.cells.map(({ lines: _, ...cell }) => cell),
          },
        ]
      : [],
  ),
  blocks: blocksOf(page).map(({ box, lines }) => ({
    box,
    lines: lines.map((line) => ({
      text: line.text,
      box: line.box,
      words: line.words.map(({ text, read, confidence, box: wordBox }) => ({
        text,
        confidence,
        box: wordBox,
        ...(read === null ? {} : { read }),
      })),
    })),
  })),
})

export const json: FileFormat = {
  kind: 'file',
  id: 'json',
  title: 'JSON',
  description: 'Blocks, lines and words with boxes and confidences; what was corrected also as it was read.',
  extension: 'json',
  combines: true,
  textual: true,
  besidePicture: false,

  async *write(pages, options) {
    yield `{"app":${JSON.stringify(options.app)},"created":"${options.created.toISOString()}","pages":[`
    let first = true
    for await (const page of pages) {
      yield `${first ? '' : ','}\n${JSON.stringify(toJson(page, options))}`
      first = false
    }
    yield '\n]}\n'
  },
}

export const jsonLines: FileFormat = {
  kind: 'file',
  id: 'jsonl',
  title: 'JSON Lines',
  description: 'A page a line, each as in JSON.',
  extension: 'jsonl',
  combines: true,
  textual: true,
  besidePicture: false,

  async *write(pages, options) {
    for await (const page of pages) yield `${JSON.stringify(toJson(page, options))}\n`
  },
}

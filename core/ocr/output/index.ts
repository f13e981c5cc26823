import { GlyphlabError } from '../../contract/index.ts'
import { alto } from './alto.ts'
import { docx } from './docx.ts'
import { hocr } from './hocr.ts'
import { json, jsonLines } from './json.ts'
import type { OutputFormat } from './output.ts'
import { pageXml } from './page-xml.ts'
import { searchablePdf } from './pdf.ts'
import { csv, tables, tsv } from './tables.ts'
import { markdown, plainText } from './text.ts'
import { textLines } from './text-lines.ts'

/** In the order in which they are offered. */
export const outputFormats: readonly OutputFormat[] = [
  plainText,
  searchablePdf,
  docx,
  markdown,
  hocr,
  alto,
  pageXml,
  json,
  jsonLines,
  csv,
  tsv,
  tables,
  textLines,
]

/** @throws GlyphlabError NOT_FOUND, naming those that there are. */
export function outputFormat(id: string): OutputFormat {
  const found = outputFormats.find((format) => format.id === id)
  if (found) return found
  throw new GlyphlabError(
    'NOT_FOUND',
    `There is no format "${id}". There are ${outputFormats.map((format) => format.id).join(', ')}.`,
  )
}

import path from 'node:path'
import { GlyphlabError } from '../contract/index.ts'
import type { TextPage } from './formats/text-pages.ts'
import { decodeText } from './formats/xml.ts'
import { looksLikeAlto, readAlto } from './importers/alto.ts'
import { looksLikeHocr, readHocr } from './importers/hocr.ts'
import { looksLikePage, readPageXml } from './importers/page-xml.ts'
import type { FoundFile } from './scan.ts'

/** What stands on a page, as a file says it. */
export interface PageText {
  /** Name of the page's picture; null when the file gives none. */
  picture: string | null
  text: string
}

const toText = ({ picture, lines }: TextPage): PageText => ({
  picture: picture === null ? null : path.posix.basename(picture.replaceAll('\\', '/')),
  text: lines.flatMap(({ text }) => text ?? []).join('\n'),
})

/**
 * The pages of a PAGE XML, ALTO or hOCR file with their text in reading order; any other text is the text of one page.
 * @throws GlyphlabError UNREADABLE_FILE, naming the file
 */
export function pageTexts(bytes: Buffer, name: string): PageText[] {
  const file: FoundFile = { path: name, file: name }
  const text = decodeText(bytes, name)
  const start = text.slice(0, 100_000)
  const isMarkup = /^\s*</.test(start)
  const read = !isMarkup
    ? null
    : looksLikePage(start)
      ? readPageXml
      : looksLikeAlto(start)
        ? readAlto
        : looksLikeHocr(start)
          ? readHocr
          : undefined
  if (read === undefined)
    throw new GlyphlabError(
      'UNREADABLE_FILE',
      `${name}: it is neither PAGE XML, ALTO, hOCR nor plain text. Save it as one of these.`,
    )
  if (read !== null) return read(bytes, file).map(toText)
  if (text.includes('\0'))
    throw new GlyphlabError('UNREADABLE_FILE', `${name}: it is no text file. Choose txt, PAGE XML or ALTO.`)
  return [{ picture: null, text: text.replace(/^\uFEFF/, '').trim() }]
}

import { Parser } from 'htmlparser2'
import type { Box } from '../../contract/index.ts'
import { someFile, withExtension } from '../formats/sniff.ts'
import { planPages, readPages, sizeOf, type TextPage, toText } from '../formats/text-pages.ts'
import { decodeText } from '../formats/xml.ts'
import type { FoundFile } from '../scan.ts'
import type { Importer } from './importer.ts'

const hocrFile = /\.(hocr|html?|xhtml|xml)$/i
export const looksLikeHocr = (ends: string): boolean => /class\s*=\s*["'][^"']*\bocr_page\b/.test(ends)
const lineClasses = ['ocr_line', 'ocrx_line', 'ocr_header', 'ocr_footer', 'ocr_caption', 'ocr_textfloat']

interface OpenElement {
  kind: 'page' | 'line' | 'word' | 'other'
  title: string
  text: string
}

function boxOf(title: string): Box | null {
  const found = /(?:^|;)\s*bbox\s+(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)\s+(-?[\d.]+)/.exec(title)
  if (!found) return null
  const [x0, y0, x1, y1] = found.slice(1).map(Number) as [number, number, number, number]
  return { x0, y0, x1, y1 }
}

function pictureOf(title: string): string | null {
  const found = /(?:^|;)\s*image\s+(?:"([^"]*)"|'([^']*)'|([^;]*))/.exec(title)
  return (found?.[1] ?? found?.[2] ?? found?.[3])?.trim() || null
}

function kindOf(classes: string): OpenElement['kind'] {
  const names = classes.split(/\s+/)
  if (names.includes('ocr_page')) return 'page'
  if (names.includes('ocrx_word')) return 'word'
  return names.some((name) => lineClasses.includes(name)) ? 'line' : 'other'
}

const collapse = (text: string): string | null => toText(text.replace(/\s+/g, ' '))

/** hOCR is HTML of any vintage: it is read as browsers do, never as strict XML. @throws GlyphlabError UNREADABLE_FILE */
export function readHocr(bytes: Buffer, file: FoundFile): TextPage[] {
  const pages: TextPage[] = []
  const open: OpenElement[] = []
  const parser = new Parser({
    onopentag(_, { class: classes = '', title = '' }) {
      const kind = kindOf(classes)
      open.push({ kind, title, text: '' })
      if (kind === 'page') {
        const box = boxOf(title)
        pages.push({
          file,
          picture: pictureOf(title),
          drawnOn: sizeOf(box?.x1.toString(), box?.y1.toString()),
          lines: [],
        })
      } else if (kind === 'line')
        pages.at(-1)?.lines.push({ box: boxOf(title), label: '', text: null, words: [] })
    },
    ontext(text) {
      for (const element of open) element.text += text
    },
    onclosetag() {
      const element = open.pop()
      const line = pages.at(-1)?.lines.at(-1)
      if (!element || !line) return
      if (element.kind === 'line') line.text = collapse(element.text)
      else if (element.kind === 'word' && open.some(({ kind }) => kind === 'line'))
        line.words.push({ box: boxOf(element.title), label: '', text: collapse(element.text) })
    },
  })
  parser.end(decodeText(bytes, file.path))
  return pages
}

/** hOCR (http://kba.github.io/hocr-spec/1.2/) with the pictures of its pages. */
export const hocr: Importer = {
  id: 'hocr',
  title: 'hOCR with page pictures',

  detects: ({ scan }) => someFile(scan.files, hocrFile, looksLikeHocr),

  async plan(source) {
    const files = withExtension(source.scan.files, hocrFile).filter((file) =>
      someFile([file], hocrFile, looksLikeHocr),
    )
    return planPages(source, 'hocr', await readPages(source, files, readHocr))
  },
}

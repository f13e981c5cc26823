import { type Box, GlyphlabError } from '../../contract/index.ts'
import { boxAround, roundPixels } from '../formats/boxes.ts'
import { someFile, withExtension } from '../formats/sniff.ts'
import {
  planPages,
  readPages,
  sizeOf,
  type TextLine,
  type TextPage,
  type TextPiece,
  toText,
} from '../formats/text-pages.ts'
import { child, childrenOf, childText, descendants, parseXml, type XmlElement } from '../formats/xml.ts'
import type { FoundFile } from '../scan.ts'
import type { Importer } from './importer.ts'

const xmlFile = /\.xml$/i
export const looksLikeAlto = (ends: string): boolean => /<(\w+:)?alto[\s>]/.test(ends)
const units = ['pixel', 'mm10', 'inch1200']

function boxOf(element: XmlElement): Box | null {
  const [x, y, width, height] = ['HPOS', 'VPOS', 'WIDTH', 'HEIGHT'].map((name) =>
    Number(element.attributes[name]),
  ) as [number, number, number, number]
  if (width > 0 && height > 0 && Number.isFinite(x + y))
    return { x0: x, y0: y, x1: roundPixels(x + width), y1: roundPixels(y + height) }
  const points = child(child(element, 'Shape'), 'Polygon')?.attributes['POINTS']
  return points === undefined
    ? null
    : boxAround(
        points
          .trim()
          .split(/[\s,]+/)
          .map(Number),
      )
}

const around = (boxes: readonly (Box | null)[]): Box | null =>
  boxAround(boxes.flatMap((box) => (box ? [box.x0, box.y0, box.x1, box.y1] : [])))

/** Strings and spaces as they stand; where no space is marked, one between two strings. */
function textOf(line: XmlElement): string | null {
  const parts = line.children.filter(({ name }) => ['String', 'SP', 'HYP'].includes(name))
  const between = parts.some(({ name }) => name === 'SP') ? '' : ' '
  let text = ''
  for (const [index, { name, attributes }] of parts.entries()) {
    if (name === 'SP') text += ' '
    else text += `${name === 'String' && index > 0 ? between : ''}${attributes['CONTENT'] ?? ''}`
  }
  return toText(text)
}

function toLine(line: XmlElement): TextLine {
  const words = childrenOf(line, 'String').map(
    (word): TextPiece => ({ box: boxOf(word), label: '', text: toText(word.attributes['CONTENT']) }),
  )
  return { box: boxOf(line) ?? around(words.map(({ box }) => box)), label: '', text: textOf(line), words }
}

/** @throws GlyphlabError UNREADABLE_FILE */
export function readAlto(bytes: Buffer, file: FoundFile): TextPage[] {
  const root = parseXml(bytes, file.path)
  const description = child(root, 'Description')
  const unit = childText(description, 'MeasurementUnit') ?? 'pixel'
  if (!units.includes(unit))
    throw new GlyphlabError(
      'UNREADABLE_FILE',
      `${file.path}: its unit "${unit}" is none of ALTO's (${units.join(', ')}).`,
    )
  const pages = [...descendants(root, 'Page')]
  return pages.map((page) => {
    const drawnOn = sizeOf(page.attributes['WIDTH'], page.attributes['HEIGHT'])
    if (unit !== 'pixel' && !drawnOn)
      throw new GlyphlabError(
        'UNREADABLE_FILE',
        `${file.path}: it measures in ${unit} without the page's size, so that its places in px are unknown.`,
      )
    return {
      file,
      picture: childText(child(description, 'sourceImageInformation'), 'fileName') || null,
      drawnOn,
      otherUnit: unit !== 'pixel',
      lines: [...descendants(page, 'TextLine')].map(toLine),
    }
  })
}

/** ALTO (https://www.loc.gov/standards/alto/), versions 1 to 4, in px, tenths of a millimetre or 1/1200 inch. */
export const alto: Importer = {
  id: 'alto',
  title: 'ALTO XML with page pictures',

  detects: ({ scan }) => someFile(scan.files, xmlFile, looksLikeAlto),

  async plan(source) {
    const files = withExtension(source.scan.files, xmlFile).filter((file) =>
      someFile([file], xmlFile, looksLikeAlto),
    )
    return planPages(source, 'alto', await readPages(source, files, readAlto))
  },
}

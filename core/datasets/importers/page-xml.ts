import { boxAround } from '../formats/boxes.ts'
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
export const looksLikePage = (ends: string): boolean => /<(\w+:)?PcGts[\s>]/.test(ends)

/** `points="x,y x,y"`, or a `<Point x y>` each as the versions before 2013 have it. */
function pointsOf(element: XmlElement): number[] {
  const coords = child(element, 'Coords')
  const points = coords?.attributes['points']
  if (points !== undefined)
    return points
      .trim()
      .split(/[\s,]+/)
      .map(Number)
  return childrenOf(coords, 'Point').flatMap(({ attributes }) => [
    Number(attributes['x']),
    Number(attributes['y']),
  ])
}

/** Of several readings the one with the lowest index. */
function textOf(element: XmlElement): string | null {
  const readings = childrenOf(element, 'TextEquiv')
  const order = ({ attributes }: XmlElement) => Number(attributes['index'] ?? 0)
  const [best] = readings.sort((a, b) => order(a) - order(b))
  return toText(childText(best, 'Unicode'))
}

/** Transkribus keeps a line's type in `custom="structure {type:heading;}"`. */
function labelOf({ attributes }: XmlElement): string {
  const type = /structure\s*\{[^}]*?type\s*:\s*([^;}]*)/.exec(attributes['custom'] ?? '')?.[1]?.trim() ?? ''
  return type
    .replace(/\\u([0-9a-fA-F]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .normalize('NFC')
}

const toPiece = (element: XmlElement): TextPiece => ({
  box: boxAround(pointsOf(element)),
  label: labelOf(element),
  text: textOf(element),
})

function toLine(element: XmlElement): TextLine {
  const words = childrenOf(element, 'Word').map(toPiece)
  const piece = toPiece(element)
  return { ...piece, text: piece.text ?? toText(words.map(({ text }) => text ?? '').join(' ')), words }
}

/** Ids of regions in reading order: what `ReadingOrder` says, groups inside one another; else Transkribus' `custom`. */
function readingOrder(page: XmlElement): string[] {
  const refs = (group: XmlElement): string[] =>
    [...group.children]
      .sort((a, b) => Number(a.attributes['index'] ?? 0) - Number(b.attributes['index'] ?? 0))
      .flatMap((one) => [...(one.attributes['regionRef'] ? [one.attributes['regionRef']] : []), ...refs(one)])
  const order = child(page, 'ReadingOrder')
  return order ? refs(order) : []
}

const customIndex = ({ attributes }: XmlElement): number | null => {
  const index = /readingOrder\s*\{\s*index\s*:\s*(\d+)/.exec(attributes['custom'] ?? '')?.[1]
  return index === undefined ? null : Number(index)
}

function inOrder(elements: readonly XmlElement[], order: readonly string[]): XmlElement[] {
  const rank = new Map(order.map((id, index) => [id, index]))
  const custom = rank.size === 0 && elements.every((element) => customIndex(element) !== null)
  const key = (element: XmlElement): number =>
    custom
      ? (customIndex(element) ?? 0)
      : (rank.get(element.attributes['id'] ?? '') ?? Number.MAX_SAFE_INTEGER)
  return [...elements].sort((a, b) => key(a) - key(b))
}

function linesOf(parent: XmlElement, order: readonly string[]): TextLine[] {
  const own = inOrder(childrenOf(parent, 'TextLine'), []).map(toLine)
  const regions = inOrder(
    parent.children.filter(({ name }) => name.endsWith('Region')),
    order,
  )
  return [...own, ...regions.flatMap((region) => linesOf(region, order))]
}

/** @throws GlyphlabError UNREADABLE_FILE */
export function readPageXml(bytes: Buffer, file: FoundFile): TextPage[] {
  const root = parseXml(bytes, file.path)
  return [...descendants(root, 'Page')].map((page) => ({
    file,
    picture: page.attributes['imageFilename'] ?? null,
    drawnOn: sizeOf(page.attributes['imageWidth'], page.attributes['imageHeight']),
    lines: linesOf(page, readingOrder(page)),
  }))
}

/**
 * PAGE XML (https://github.com/PRImA-Research-Lab/PAGE-XML), versions 2009 to 2019: each TextLine becomes a box around
 * its polygon with its text, in reading order.
 */
export const pageXml: Importer = {
  id: 'page-xml',
  title: 'PAGE XML with page pictures',

  detects: ({ scan }) => someFile(scan.files, xmlFile, looksLikePage),

  async plan(source) {
    const files = withExtension(source.scan.files, xmlFile).filter((file) =>
      someFile([file], xmlFile, looksLikePage),
    )
    return planPages(source, 'page-xml', await readPages(source, files, readPageXml))
  },
}

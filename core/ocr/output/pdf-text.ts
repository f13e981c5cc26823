import type { Box } from '../../contract/index.ts'
import { glyphWidth } from './glyphless-font.ts'
import { blocksOf, isRightToLeft, type OutputLine } from './layout.ts'
import type { OutputPage, OutputWord } from './output.ts'
import { pdfNumber } from './pdf-objects.ts'

/** Codes for the characters of a document: their own for the basic plane, the unused ones of the surrogates beyond it. */
export class CharacterCodes {
  private readonly codes = new Map<string, number>()
  private beyond = 0xd800

  private code(character: string): number {
    const known = this.codes.get(character)
    if (known !== undefined) return known
    const point = character.codePointAt(0) ?? 0
    const isPlain = point <= 0xffff && (point < 0xd800 || point > 0xdfff)
    if (!isPlain && (point <= 0xffff || this.beyond > 0xdfff)) return this.code('\uFFFD')
    const code = isPlain ? point : this.beyond++
    this.codes.set(character, code)
    return code
  }

  /** A string to show, in hexadecimal. */
  encode(text: string): string {
    return [...text].map((character) => this.code(character).toString(16).padStart(4, '0')).join('')
  }

  /** What the codes mean, for who copies or searches (ISO 32000-1, 9.10.3). */
  toUnicode(): string {
    const rows = [...this.codes].map(([character, code]) => {
      const units = Array.from({ length: character.length }, (_, at) =>
        character.charCodeAt(at).toString(16).padStart(4, '0'),
      )
      return `<${code.toString(16).padStart(4, '0')}> <${units.join('')}>`
    })
    const parts: string[] = []
    // A section holds at most 100.
    for (let at = 0; at < rows.length; at += 100) {
      const section = rows.slice(at, at + 100)
      parts.push(`${section.length} beginbfchar\n${section.join('\n')}\nendbfchar`)
    }
    return `/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
${parts.join('\n')}
endcmap
CMapName currentdict /CMap defineresource pop
end
end
`
  }
}

/** In px of the picture, y downwards: where the writing goes, and where the next line lies. */
interface Direction {
  along: readonly [number, number]
  down: readonly [number, number]
}

const rightwards: Direction = { along: [1, 0], down: [0, 1] }
const directions = {
  rightwards,
  downwards: { along: [0, 1], down: [-1, 0] },
  upwards: { along: [0, -1], down: [1, 0] },
  headFirst: { along: [-1, 0], down: [0, -1] },
} satisfies Record<string, Direction>

/** A page that was turned to be read has its words one below the other, or from right to left. */
function directionOf(lines: readonly OutputLine[]): Direction {
  let [x, y] = [0, 0]
  for (const { words, text } of lines) {
    const sign = isRightToLeft(text) ? -1 : 1
    for (const [at, { box }] of words.entries()) {
      const before = words[at - 1]?.box
      if (!before) continue
      const across = (box.x0 + box.x1 - before.x0 - before.x1) / 2
      const below = (box.y0 + box.y1 - before.y0 - before.y1) / 2
      x += sign * across
      y += sign * below
    }
  }
  if (Math.abs(y) > 2 * Math.abs(x)) return y > 0 ? directions.downwards : directions.upwards
  return x < 0 ? directions.headFirst : rightwards
}

/** A box in the writing's own axes: from `start` to `end` along the line, `top` to `bottom` across it. */
function turnedBox({ x0, y0, x1, y1 }: Box, { along, down }: Direction) {
  const project = ([dx, dy]: readonly [number, number]) => {
    const [a, b] = [x0 * dx + y0 * dy, x1 * dx + y1 * dy]
    return a < b ? ([a, b] as const) : ([b, a] as const)
  }
  const [[start, end], [top, bottom]] = [project(along), project(down)]
  return { start, end, top, bottom }
}

type TurnedBox = ReturnType<typeof turnedBox>

/** The straight line nearest to the words' lower edges, which descenders and skew move: its height at a place. */
function baseline(boxes: readonly TurnedBox[]): (place: number) => number {
  const middle = ({ start, end }: TurnedBox) => (start + end) / 2
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [centre, height] = [mean(boxes.map(middle)), mean(boxes.map(({ bottom }) => bottom))]
  const spread = boxes.reduce((sum, box) => sum + (middle(box) - centre) ** 2, 0)
  const slope =
    boxes.length < 3 || spread === 0
      ? 0
      : boxes.reduce((sum, box) => sum + (middle(box) - centre) * (box.bottom - height), 0) / spread
  return (place) => height + slope * (place - centre)
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 1

const clusters = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The characters from left to right, as viewers expect them drawn: numbers keep their order. */
function drawnOrder(text: string): string {
  if (!isRightToLeft(text)) return text
  const pieces = text.match(/\p{Nd}+|\P{Nd}+/gu) ?? []
  return pieces
    .flatMap((piece) =>
      /^\p{Nd}/u.test(piece) ? [piece] : [...clusters.segment(piece)].map(({ segment }) => segment),
    )
    .reverse()
    .join('')
}

/**
 * The words of a page as invisible text (render mode 3) over their boxes, each stretched to its own, with a space in
 * each gap, so that a selection flows and a search finds them.
 * @param scale points per px
 * @param height of the page, in points
 */
export function invisibleText(
  page: OutputPage,
  scale: number,
  height: number,
  codes: CharacterCodes,
): string {
  const lines = blocksOf(page).flatMap(({ lines: inBlock }) => inBlock)
  const direction = directionOf(lines)
  const { along, down } = direction
  const show = (text: string, start: number, end: number, bottom: number, size: number): string => {
    const [x, y] = [along[0] * start + down[0] * bottom, along[1] * start + down[1] * bottom]
    const width = [...text].length * size * (glyphWidth / 1000)
    const matrix = [along[0], -along[1], -down[0], down[1], x * scale, height - y * scale]
    return `${pdfNumber(((end - start) / width) * 100)} Tz ${matrix.map(pdfNumber).join(' ')} Tm <${codes.encode(text)}> Tj\n`
  }
  const drawLine = (words: readonly OutputWord[]): string => {
    const boxes = words.map(({ box }) => turnedBox(box, direction))
    const size = Math.max(1, median(boxes.map(({ top, bottom }) => bottom - top)))
    const heightAt = baseline(boxes)
    let drawn = `/F ${pdfNumber(size * scale)} Tf\n`
    for (const [at, { text }] of words.entries()) {
      const box = boxes[at]
      if (!box) continue
      const bottom = heightAt((box.start + box.end) / 2)
      drawn += show(drawnOrder(text), box.start, Math.max(box.end, box.start + 1), bottom, size)
      const next = boxes[at + 1]
      if (!next) continue
      const [from, to] = next.start >= box.start ? [box.end, next.start] : [next.end, box.start]
      drawn += show(' ', from, Math.max(to, from + 0.1 * size), bottom, size)
    }
    return drawn
  }
  return lines.length === 0 ? '' : `BT\n3 Tr\n${lines.map(({ words }) => drawLine(words)).join('')}ET\n`
}

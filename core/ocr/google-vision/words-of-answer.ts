import { z } from 'zod'
import type { Box, OcrWord } from '../../contract/index.ts'

const point = z.object({ x: z.number().default(0), y: z.number().default(0) })
/** A coordinate of 0 is left out by protobuf's JSON. */
const poly = z.object({
  vertices: z.array(point).default([]),
  /** 0..1 of the picture, in place of `vertices`. */
  normalizedVertices: z.array(point).default([]),
})
const symbol = z.object({
  text: z.string().default(''),
  confidence: z.number().optional(),
  boundingBox: poly.optional(),
  property: z
    .object({
      detectedBreak: z.object({ type: z.string().optional(), isPrefix: z.boolean().optional() }).optional(),
    })
    .optional(),
})
const word = z.object({
  symbols: z.array(symbol).default([]),
  confidence: z.number().optional(),
  boundingBox: poly.optional(),
})
const page = z.object({
  width: z.number().default(0),
  height: z.number().default(0),
  blocks: z
    .array(z.object({ paragraphs: z.array(z.object({ words: z.array(word).default([]) })).default([]) }))
    .default([]),
})

/** `AnnotateImageResponse`, as far as it is about text. */
export const annotated = z.object({
  error: z.object({ code: z.number().default(0), message: z.string().default('') }).optional(),
  fullTextAnnotation: z.object({ pages: z.array(page).default([]) }).optional(),
})
type Annotated = z.infer<typeof annotated>
type Word = z.infer<typeof word>
type Poly = z.infer<typeof poly>

interface Size {
  /** px */
  width: number
  height: number
}

const lineBreaks = ['EOL_SURE_SPACE', 'LINE_BREAK', 'HYPHEN']
const spaces = ['SPACE', 'SURE_SPACE']

const around = (boxes: readonly Box[]): Box => ({
  x0: Math.min(...boxes.map(({ x0 }) => x0)),
  y0: Math.min(...boxes.map(({ y0 }) => y0)),
  x1: Math.max(...boxes.map(({ x1 }) => x1)),
  y1: Math.max(...boxes.map(({ y1 }) => y1)),
})

/** The upright box around a polygon, in px of the picture that was sent. */
function boxOf({ vertices, normalizedVertices }: Poly, sent: Size, told: Size): Box | null {
  const [points, size] =
    vertices.length > 0 ? [vertices, told] : [normalizedVertices, { width: 1, height: 1 }]
  if (points.length === 0) return null
  const [across, down] = [sent.width / size.width, sent.height / size.height]
  return around(points.map(({ x, y }) => ({ x0: x * across, y0: y * down, x1: x * across, y1: y * down })))
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

const isNumber = (value: number | undefined): value is number => value !== undefined

/** A word of the service with its place; null for one without letters or place. */
function pieceOf(found: Word, sent: Size, told: Size) {
  const breakType = found.symbols.findLast(({ property }) => property?.detectedBreak?.isPrefix !== true)
    ?.property?.detectedBreak?.type
  // The hyphen at the end of a line is on the page, and left out of the symbols.
  const hyphen = breakType === 'HYPHEN' ? '-' : ''
  const text = found.symbols.map((one) => one.text).join('')
  const symbols = found.symbols.map((one) => ({
    text: one.text,
    confidence: one.confidence ?? found.confidence ?? 0,
    box: one.boundingBox ? boxOf(one.boundingBox, sent, told) : null,
  }))
  const placed = symbols.flatMap(({ box, ...one }) => (box ? [{ ...one, box }] : []))
  const box =
    (found.boundingBox ? boxOf(found.boundingBox, sent, told) : null) ??
    (placed.length > 0 ? around(placed.map((one) => one.box)) : null)
  if (text === '' || box === null) return null
  const own = found.symbols.map(({ confidence }) => confidence).filter(isNumber)
  return {
    text: text + hyphen,
    confidence: found.confidence ?? (own.length > 0 ? mean(own) : 0),
    box,
    symbols: placed.length === symbols.length && hyphen === '' ? placed : null,
    endsWord: breakType !== undefined && [...spaces, ...lineBreaks].includes(breakType),
    endsLine: breakType !== undefined && lineBreaks.includes(breakType),
  }
}
type FoundPiece = NonNullable<ReturnType<typeof pieceOf>>

/** The service parts a comma from its word; between spaces stands one word. */
function joined(pieces: readonly FoundPiece[], line: number, block: number): OcrWord {
  const letters = pieces.reduce((sum, { text }) => sum + text.length, 0)
  const symbols = pieces.flatMap((piece) => piece.symbols ?? [])
  const [only] = pieces
  return {
    text: pieces.map(({ text }) => text).join(''),
    confidence:
      only && pieces.length === 1
        ? only.confidence
        : pieces.reduce((sum, { text, confidence }) => sum + text.length * confidence, 0) / letters,
    box: around(pieces.map(({ box }) => box)),
    line,
    block,
    ...(pieces.every((piece) => piece.symbols !== null) ? { symbols } : {}),
  }
}

/**
 * The words of an answer to DOCUMENT_TEXT_DETECTION in its own order, boxes in px of the picture of `sent` px: its blocks are ours, lines and words end where it says
 * that a break follows, a line also at the end of a paragraph.
 */
export function wordsOfAnswer({ fullTextAnnotation }: Annotated, sent: Size): OcrWord[] {
  const words: OcrWord[] = []
  let line = 0
  let block = 0
  for (const { width, height, blocks } of fullTextAnnotation?.pages ?? []) {
    const told = width > 0 && height > 0 ? { width, height } : sent
    for (const { paragraphs } of blocks) {
      const before = words.length
      for (const paragraph of paragraphs) {
        const pieces = paragraph.words.flatMap((one) => pieceOf(one, sent, told) ?? [])
        let open: FoundPiece[] = []
        for (const [at, piece] of pieces.entries()) {
          open.push(piece)
          const isLast = at === pieces.length - 1
          if (!piece.endsWord && !isLast) continue
          words.push(joined(open, line, block))
          open = []
          if (piece.endsLine || isLast) line += 1
        }
      }
      if (words.length > before) block += 1
    }
  }
  return words
}

import type { Box } from '../../contract/index.ts'
import { blocksOf, wholePixels } from './layout.ts'

/** A grapheme cluster with its place, where an engine tells it. */
interface Symbol {
  text: string
  confidence: number
  box: Box
}

/** What is told of a page, in an engine's or in a stored page's words. */
export interface VisionPage {
  width: number
  height: number
  /** ISO 639; `und` or empty where it is not known. */
  language: string
  words: readonly {
    text: string
    confidence: number
    box: Box
    line: number
    block: number
    symbols?: readonly Symbol[] | undefined
  }[]
}

type Words = VisionPage['words']
type Word = Words[number]

interface BoundingPoly {
  vertices: { x: number; y: number }[]
}

type BreakType = 'SPACE' | 'EOL_SURE_SPACE' | 'LINE_BREAK'

interface TextProperty {
  detectedLanguages?: { languageCode: string; confidence: number }[]
  detectedBreak?: { type: BreakType }
}

interface Placed {
  property?: TextProperty
  boundingBox: BoundingPoly
  confidence: number
}

/** `TextAnnotation` of Google Cloud Vision v1, as its REST interface writes it. */
export interface TextAnnotation {
  pages: {
    property?: TextProperty
    width: number
    height: number
    confidence: number
    blocks: (Placed & {
      blockType: 'TEXT'
      paragraphs: (Placed & {
        words: (Placed & { symbols: (Placed & { text: string })[] })[]
      })[]
    })[]
  }[]
  text: string
}

/** `EntityAnnotation`: the whole text, then each word. */
export interface EntityAnnotation {
  locale?: string
  description: string
  boundingPoly: BoundingPoly
}

export interface VisionText {
  textAnnotations: EntityAnnotation[]
  fullTextAnnotation: TextAnnotation
}

/** Tesseract's three letters to the two that Google writes. */
const languageCodes: Record<string, string> = { eng: 'en', deu: 'de', fra: 'fr', ita: 'it', spa: 'es' }

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

function polyOf(box: Box): BoundingPoly {
  const { x0, y0, x1, y1 } = wholePixels(box)
  return {
    vertices: [
      { x: x0, y: y0 },
      { x: x1, y: y0 },
      { x: x1, y: y1 },
      { x: x0, y: y1 },
    ],
  }
}

const around = (boxes: readonly Box[]): Box => ({
  x0: Math.min(...boxes.map(({ x0 }) => x0)),
  y0: Math.min(...boxes.map(({ y0 }) => y0)),
  x1: Math.max(...boxes.map(({ x1 }) => x1)),
  y1: Math.max(...boxes.map(({ y1 }) => y1)),
})

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length

/** The engine's own symbols where they say the word's text, else its clusters in equal parts of its box. */
function symbolsOf({ text, confidence, box, symbols }: Word): readonly Symbol[] {
  if (symbols?.map((symbol) => symbol.text).join('') === text) return symbols
  const clusters = Array.from(graphemes.segment(text), ({ segment }) => segment)
  const width = (box.x1 - box.x0) / Math.max(1, clusters.length)
  return clusters.map((cluster, at) => ({
    text: cluster,
    confidence,
    box: { ...box, x0: box.x0 + at * width, x1: box.x0 + (at + 1) * width },
  }))
}

/**
 * A page in the shape of Google Cloud Vision v1 (`images:annotate`, TEXT_DETECTION and DOCUMENT_TEXT_DETECTION): our
 * blocks are its blocks of one paragraph each; the last symbol of a word says which break follows. A page without words
 * has no annotations, as there.
 */
export function toVision({ width, height, language, words }: VisionPage): VisionText | null {
  if (words.length === 0) return null
  const code = languageCodes[language] ?? (language === 'und' || language === '' ? undefined : language)
  const property: TextProperty =
    code === undefined ? {} : { detectedLanguages: [{ languageCode: code, confidence: 1 }] }
  const blocks = blocksOf({ words: words.map((word) => ({ ...word, read: null })) })
  let at = 0
  let text = ''
  const placedWord = (word: Word, endsLine: boolean, endsBlock: boolean) => {
    const type: BreakType = endsBlock ? 'LINE_BREAK' : endsLine ? 'EOL_SURE_SPACE' : 'SPACE'
    text += word.text + (type === 'SPACE' ? ' ' : '\n')
    const symbols = symbolsOf(word)
    return {
      property,
      boundingBox: polyOf(word.box),
      confidence: word.confidence,
      symbols: symbols.map(({ text: symbol, confidence, box }, index) => ({
        ...(index === symbols.length - 1 ? { property: { detectedBreak: { type } } } : {}),
        boundingBox: polyOf(box),
        text: symbol,
        confidence,
      })),
    }
  }
  const placedBlocks = blocks.map(({ lines, box }) => {
    const inBlock = lines.flatMap((line, lineAt) =>
      line.words.map((_, wordAt) => {
        const endsLine = wordAt === line.words.length - 1
        return placedWord(words[at++] as Word, endsLine, endsLine && lineAt === lines.length - 1)
      }),
    )
    const confidence = mean(inBlock.map((word) => word.confidence))
    const placed = { property, boundingBox: polyOf(box), confidence }
    return { ...placed, blockType: 'TEXT' as const, paragraphs: [{ ...placed, words: inBlock }] }
  })
  const whole = text.trimEnd()
  return {
    textAnnotations: [
      {
        ...(code === undefined ? {} : { locale: code }),
        description: whole,
        boundingPoly: polyOf(around(words.map(({ box }) => box))),
      },
      ...words.map((word) => ({ description: word.text, boundingPoly: polyOf(word.box) })),
    ],
    fullTextAnnotation: {
      pages: [
        {
          property,
          width,
          height,
          confidence: mean(words.map(({ confidence }) => confidence)),
          blocks: placedBlocks,
        },
      ],
      text: whole,
    },
  }
}

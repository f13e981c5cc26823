import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Page, PageWord } from '../../../contract/index.ts'
import { pageText } from '../../../domain/page-text.ts'
import { inspectImage } from '../../../imaging/image.ts'
import { createTesseractEngine } from '../../engines/tesseract.ts'
import { type FileFormat, type OutputOptions, type OutputPage, toOutputPage } from '../output.ts'

const languageDirectory = path.resolve('node_modules/@tesseract.js-data/eng/4.0.0_best_int')

export const options: OutputOptions = {
  app: 'Glyphlab 9.9.9',
  created: new Date('2024-05-06T07:08:09Z'),
  resolution: 300,
}

/** A stored page with these words; `corrections` by index. */
export function pageOf(
  name: string,
  size: { width: number; height: number },
  words: readonly Omit<PageWord, 'index' | 'correction'>[],
  corrections: Record<number, string> = {},
): Page {
  const stored = words.map((word, index) => ({ ...word, index, correction: corrections[index] ?? null }))
  return {
    id: name,
    name,
    status: 'read',
    document: name,
    blob: null,
    arrangement: null,
    regions: [],
    tables: [],
    ...size,
    confidence: 0.9,
    wordCount: words.length,
    correctionCount: Object.keys(corrections).length,
    error: null,
    undo: null,
    redo: null,
    createdAt: 0,
    engine: 'tesseract',
    language: 'eng',
    languageDigest: 'a'.repeat(64),
    model: null,
    recipe: { psm: 3, steps: [], tried: [] },
    text: pageText(stored),
    readText: '',
    words: stored,
    warnings: [],
    durationMs: 1,
  }
}

/** Reads picture files as the app does, and takes them as pages that go out. */
export async function readPages(
  files: readonly string[],
  corrections: Record<number, string> = {},
): Promise<OutputPage[]> {
  const engine = createTesseractEngine({ languageDirectory })
  try {
    const pages: OutputPage[] = []
    for (const file of files) {
      const bytes = readFileSync(file)
      const name = path.basename(file)
      const reading = await engine.read(bytes, name)
      pages.push(toOutputPage(pageOf(name, reading, reading.words, corrections), name, async () => bytes))
    }
    return pages
  } finally {
    await engine.close()
  }
}

/** A line of words from left to right, or from right to left, one block below the other. */
export async function drawnPage(picture: Buffer, lines: readonly string[]): Promise<OutputPage> {
  const { width, height } = await inspectImage(picture, 'drawn')
  const words = lines.flatMap((line, block) => {
    const isRight = /[\u0590-\u08FF]/.test(line)
    let x = 0
    return line.split(' ').map((text) => {
      const length = [...text].length * 16
      const [from, to] = isRight ? [width - 20 - x - length, width - 20 - x] : [20 + x, 20 + x + length]
      x += length + 12
      const y = 20 + block * 60
      return { text, confidence: 0.9, box: { x0: from, y0: y, x1: to, y1: y + 28 }, line: block, block }
    })
  })
  return toOutputPage(pageOf('drawn.png', { width, height }, words), 'drawn.png', async () => picture)
}

/** The whole file. */
export async function written(
  format: FileFormat,
  pages: readonly OutputPage[],
  changed: Partial<OutputOptions> = {},
): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of format.write(pages, { ...options, ...changed }))
    parts.push(typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))
  return Buffer.concat(parts)
}

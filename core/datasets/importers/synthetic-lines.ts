import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { GlyphlabError } from '../../contract/index.ts'
import { createRandom, type Random } from '../../domain/random.ts'
import { baseName, isPictureName } from '../formats/picture-name.ts'
import { parseOptions } from '../options.ts'
import { drawLine, type LineFont } from '../synthetic/draw-line.ts'
import { refuseMissingFonts } from '../synthetic/fonts.ts'
import { decodeText } from '../tables/decode-text.ts'
import type { Candidate, Importer, ImportSource } from './importer.ts'

const optionsSchema = z.strictObject({
  count: z.coerce.number().int().min(1).max(1_000_000).default(1_000),
  seed: z.coerce.number().int().min(0).default(42),
  /** Families on this machine, parted by commas; beside the font files of the source. */
  fonts: z.string().default(''),
  /** Of the letters, px. */
  size: z.coerce.number().int().min(8).max(200).default(32),
  /** How worn the print looks, 0..1. */
  wear: z.coerce.number().min(0).max(1).default(0.5),
  /** Characters of a line at most. */
  length: z.coerce.number().int().min(1).max(200).default(60),
})

const isText = (path: string): boolean => /\.txt$/i.test(path)
const isFont = (path: string): boolean => /\.(ttf|otf)$/i.test(path)
const defaultFamilies = ['serif', 'sans-serif']

/** Lines of text drawn with fonts: text files are the corpus, font files beside them and `fonts` the types. */
export const syntheticLines: Importer = {
  id: 'synthetic-lines',
  title: 'Synthetic text lines (text files, drawn with fonts)',

  detects: ({ scan }) =>
    scan.files.some(({ path }) => isText(path)) &&
    scan.files.every(({ path }) => isText(path) || isFont(path)) &&
    !scan.files.some(({ path }) => isPictureName(path)),

  async plan(source) {
    const {
      count,
      seed,
      fonts: named,
      size,
      wear,
      length,
    } = parseOptions(optionsSchema, source.options, 'synthetic-lines')
    const words = await corpusWords(source)
    const fonts = await fontsOf(source, named)
    const digits = String(count - 1).length
    const candidates = Array.from({ length: count }, (_, index): Candidate => {
      const random = createRandom(seed, `line ${index}`)
      const text = lineOf(words, length, random)
      const font = fonts[random.integer(fonts.length)] as LineFont
      const drawn = Math.round(size * (0.8 + 0.4 * random.next()))
      return {
        path: `${String(index).padStart(digits, '0')}.png`,
        label: '',
        annotation: { text },
        subset: null,
        info: null,
        read: () => drawLine({ text, font, size: drawn, wear }, createRandom(seed, `print of line ${index}`)),
      }
    })
    for (const { path } of source.scan.files)
      if (!isText(path) && !isFont(path))
        source.scan.refused.push({ path, reason: 'neither a text nor a font' })
    return { candidates, warnings: [`Drawn with: ${fonts.map(({ family }) => family).join(', ')}.`] }
  },
}

async function corpusWords({ root, scan }: ImportSource): Promise<string[]> {
  const words: string[] = []
  for (const { path, file } of scan.files) {
    if (isText(path))
      words.push(
        ...decodeText(await readFile(file), path)
          .normalize('NFC')
          .split(/\s+/u),
      )
  }
  const real = words.filter((word) => word !== '')
  if (real.length > 0) return real
  throw new GlyphlabError(
    'INVALID_INPUT',
    `${root} has no text to draw. Put a text file (.txt) with words into it.`,
  )
}

async function fontsOf({ scan }: ImportSource, named: string): Promise<LineFont[]> {
  const families = named.split(',').flatMap((name) => name.trim() || [])
  await refuseMissingFonts(families)
  const files = scan.files
    .filter(({ path }) => isFont(path))
    .map(({ path, file }) => ({ family: baseName(path).replace(/\.[^.]*$/, ''), file: String(file) }))
  const chosen = [...files, ...families.map((family) => ({ family }))]
  return chosen.length > 0 ? chosen : defaultFamilies.map((family) => ({ family }))
}

/** Words that follow one another in the corpus, from a random place, as many as fit. */
function lineOf(words: readonly string[], length: number, random: Random): string {
  const start = random.integer(words.length)
  const wanted = Math.max(1, Math.round(length * (0.4 + 0.6 * random.next())))
  let line = [...(words[start] ?? '')].slice(0, length).join('')
  for (let at = start + 1; at < words.length; at++) {
    const longer = `${line} ${words[at]}`
    if ([...longer].length > wanted) break
    line = longer
  }
  return line
}

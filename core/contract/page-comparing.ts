import { z } from 'zod'
import { timestamp } from './entities.ts'
import {
  isRecogniser,
  lineFinder,
  pageSegmentation,
  parsePreprocessing,
  type ReadingOptions,
  readingOptions,
  stepInWords,
} from './page-reading.ts'

/** What really stands on a picture: typed by a person, taken over from a corrected page, or from a file. */
export const pageTruth = z.object({
  text: z.string(),
  source: z.enum(['typed', 'corrected', 'imported']),
  /** The file that it came from; null where it came from none. */
  origin: z.string().nullable(),
  at: timestamp,
})
export type PageTruth = z.infer<typeof pageTruth>

/** Text of a file that found no page, and why. */
const unmatchedText = z.object({ file: z.string(), reason: z.string() })

export const importedTruths = z.object({
  pages: z.array(z.object({ pageId: z.string(), name: z.string(), file: z.string() })),
  unmatched: z.array(unmatchedText),
})
export type ImportedTruths = z.infer<typeof importedTruths>

/** Edits divided by the length of the truth; 0 is exact. The interval holds 95 % of what other pages like these give. */
export const errorRate = z.object({
  rate: z.number(),
  /** Null for a single page, which says nothing about others. */
  interval: z.tuple([z.number(), z.number()]).nullable(),
})
export type ErrorRate = z.infer<typeof errorRate>

/** An engine with a recipe, and how well it read the pages. */
export const comparedWay = z.object({
  /** As `wayInWords` writes it. */
  title: z.string(),
  options: readingOptions,
  runId: z.string(),
  /** Pages that it has done, of which so many could not be read. */
  done: z.number().int(),
  failed: z.number().int(),
  /** Over the pages that are done; a page that could not be read counts as wholly missing. Null before the first. */
  cer: errorRate.nullable(),
  wer: errorRate.nullable(),
  /** Its CER less that of the best way, on the same pages; null for the best, and while pages are missing. */
  behind: errorRate.nullable(),
  /** Of one worker; null before the first. */
  pagesPerMinute: z.number().nullable(),
})
export type ComparedWay = z.infer<typeof comparedWay>

/** One page as one way read it. */
export const comparedReading = z.object({
  /** Places in `ways` and in `pages`. */
  way: z.number().int(),
  page: z.number().int(),
  cer: z.number(),
  wer: z.number(),
  durationMs: z.number(),
  /** Why it could not be read. */
  error: z.string().nullable(),
})
export type ComparedReading = z.infer<typeof comparedReading>

const comparisonFacts = { id: z.string(), name: z.string(), at: timestamp, jobId: z.string() }

export const comparison = z.object({
  ...comparisonFacts,
  pages: z.array(
    z.object({
      /** Gone where the page was deleted since. */
      pageId: z.string(),
      name: z.string(),
      source: pageTruth.shape.source,
      characters: z.number().int(),
    }),
  ),
  ways: z.array(comparedWay),
  readings: z.array(comparedReading),
})
export type Comparison = z.infer<typeof comparison>

export const comparisonSummary = z.object({
  ...comparisonFacts,
  pageCount: z.number().int(),
  /** The best first; CER null before the first page. */
  ways: z.array(z.object({ title: z.string(), cer: z.number().nullable() })),
})
export type ComparisonSummary = z.infer<typeof comparisonSummary>

/** A stretch of text in order: the same in the truth and in the reading, or what each has in its place. */
export const textPart = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('same'), text: z.string() }),
  z.object({ kind: z.literal('different'), truth: z.string(), read: z.string() }),
])
export type TextPart = z.infer<typeof textPart>

/** A way to read as it is written in a command: `tesseract psm=6 preprocess=deskew,binarise=otsu`. */
export function wayInWords({ engine, lines, psm, preprocessing }: ReadingOptions): string {
  const steps = typeof preprocessing === 'string' ? preprocessing : preprocessing.map(stepInWords).join(',')
  return [
    engine,
    ...(isRecogniser(engine) && lines !== 'tesseract' ? [`lines=${lines}`] : []),
    ...(psm === 3 ? [] : [`psm=${psm}`]),
    ...(steps === 'auto' || steps === '' ? [] : [`preprocess=${steps}`]),
  ].join(' ')
}

/**
 * A way to read, as `wayInWords` writes it.
 * @throws Error naming what is not understood
 */
export function parseWay(text: string): ReadingOptions {
  const [, engine = '', rest = ''] = /^\s*(.*?)((?:\s+(?:lines|psm|preprocess)=\S*)*)\s*$/s.exec(text) ?? []
  const stray = /(?:^|\s)(\w+)=\S*/.exec(engine)
  if (engine === '' || stray)
    throw new Error(
      `"${text}" names no engine with lines=, psm= or preprocess= behind it, such as "tesseract psm=6 preprocess=deskew".`,
    )
  const given: Record<string, string> = {}
  for (const [, key = '', value = ''] of rest.matchAll(/(\w+)=(\S*)/g)) given[key] = value
  const psm = pageSegmentation.safeParse(Number(given['psm'] ?? 3))
  const lines = lineFinder.safeParse(given['lines'] ?? 'tesseract')
  if (!psm.success) throw new Error(`psm=${given['psm']}: there is no such way to take a page apart.`)
  if (!lines.success) throw new Error(`lines=${given['lines']}: lines are found by tesseract or ppocr.`)
  return readingOptions.parse({
    engine,
    psm: psm.data,
    lines: lines.data,
    preprocessing: parsePreprocessing(given['preprocess'] ?? 'auto'),
  })
}

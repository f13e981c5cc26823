import { z } from 'zod'

/**
 * How tesseract takes a page apart (its `--psm`): 3 columns and paragraphs, 4 one column, 5 one vertical block, 6 one
 * block, 7 one line, 8 one word, 10 one character, 11 sparse text, 13 one line as it is.
 */
export const pageSegmentation = z.union([
  z.literal(3),
  z.literal(4),
  z.literal(5),
  z.literal(6),
  z.literal(7),
  z.literal(8),
  z.literal(10),
  z.literal(11),
  z.literal(13),
])
export type PageSegmentation = z.infer<typeof pageSegmentation>

export const pageSegmentations: readonly { psm: PageSegmentation; title: string }[] = [
  { psm: 3, title: 'Columns and paragraphs' },
  { psm: 4, title: 'One column of lines' },
  { psm: 6, title: 'One block of text' },
  { psm: 11, title: 'Text here and there' },
  { psm: 7, title: 'One line' },
  { psm: 8, title: 'One word' },
  { psm: 5, title: 'One block of vertical text' },
  { psm: 10, title: 'One character' },
  { psm: 13, title: 'One line, as it is' },
]

/**
 * What is done with a page's grey picture before it is read. A number that is left out is measured on the picture, and
 * filled in where the step is recorded.
 */
export const preprocessingStep = z.discriminatedUnion('step', [
  /** Clockwise; without degrees all four ways are tried. */
  z.object({
    step: z.literal('turn'),
    degrees: z.union([z.literal(90), z.literal(180), z.literal(270)]).optional(),
  }),
  /** Clockwise, degrees. */
  z.object({ step: z.literal('deskew'), degrees: z.number().min(-45).max(45).optional() }),
  /** Dark borders around the paper are cut off. */
  z.object({ step: z.literal('crop') }),
  /** Without a factor: to the size that text has at 300 dpi. */
  z.object({ step: z.literal('scale'), factor: z.number().min(0.1).max(8).optional() }),
  z.object({ step: z.literal('binarise'), method: z.enum(['otsu', 'sauvola']).default('sauvola') }),
  /** Median of a square of so many px. */
  z.object({ step: z.literal('denoise'), size: z.number().int().min(2).max(9).default(3) }),
  /** Uneven light is taken out, then ink and paper are drawn apart. */
  z.object({ step: z.literal('contrast') }),
  z.object({ step: z.literal('invert') }),
])
export type PreprocessingStep = z.infer<typeof preprocessingStep>
export type PreprocessingName = PreprocessingStep['step']

/** `auto`: nothing for a page that reads well; for others what raises the confidence. */
export const preprocessing = z.union([
  z.literal('auto'),
  z.literal('none'),
  z.array(preprocessingStep).max(20),
])
export type Preprocessing = z.infer<typeof preprocessing>

/** What the doctor tried on a page of low confidence, and the confidence (0..1) without and with it. */
export const triedRemedy = z.object({
  step: preprocessingStep,
  before: z.number().nullable(),
  after: z.number().nullable(),
  helped: z.boolean(),
})
export type TriedRemedy = z.infer<typeof triedRemedy>

/** How a picture of a page was probably made, by its light and its greys. */
export const pageLook = z.enum(['scan', 'photograph'])
export type PageLook = z.infer<typeof pageLook>

/** How a page was read; with it, it is read again in the same way. */
export const readingRecipe = z.object({
  psm: pageSegmentation,
  /** In order, with what was measured. */
  steps: z.array(preprocessingStep),
  tried: z.array(triedRemedy),
  /** Absent for pages of before that was looked at. */
  look: pageLook.optional(),
})
export type ReadingRecipe = z.infer<typeof readingRecipe>

/** What finds the lines that a line recogniser reads. */
export const lineFinder = z.enum(['tesseract', 'ppocr'])
export type LineFinder = z.infer<typeof lineFinder>

/** What a person asks for when pages are read. */
export const readingOptions = z.object({
  /** `tesseract`, `ppocr`, `google-vision`, or a line recogniser of the registry: name@alias, name/version or name. */
  engine: z.string().min(1).max(300).default('tesseract'),
  /** For a line recogniser only. */
  lines: lineFinder.default('tesseract'),
  preprocessing: preprocessing.default('auto'),
  psm: pageSegmentation.default(3),
  /** Longest time for one page, s. */
  pageLimit: z.number().min(1).max(3_600).default(120),
})
export type ReadingOptions = z.infer<typeof readingOptions>

/** Whether it reads lines that another finds: no engine of Glyphlab's own, but a line recogniser of the registry. */
export const isRecogniser = (engine: string): boolean =>
  !['tesseract', 'ppocr', 'google-vision'].includes(engine)

/** The built-in engine to try on a page of this look, which may or may not read it better; null for none. */
export function betterEngine(engine: string | null, look: PageLook | undefined): 'ppocr' | null {
  return engine === 'tesseract' && look === 'photograph' ? 'ppocr' : null
}

const numbered = (step: string, value: number | undefined): string =>
  value === undefined ? step : `${step}=${Number(value.toFixed(3))}`

/** A step as it is written in a command: `deskew=1.5`, `binarise=sauvola`. */
export function stepInWords(step: PreprocessingStep): string {
  switch (step.step) {
    case 'turn':
    case 'deskew':
      return numbered(step.step, step.degrees)
    case 'scale':
      return numbered(step.step, step.factor)
    case 'denoise':
      return numbered(step.step, step.size)
    case 'binarise':
      return `binarise=${step.method}`
    case 'crop':
    case 'contrast':
    case 'invert':
      return step.step
  }
}

const argumentOf: Partial<Record<PreprocessingName, string>> = {
  turn: 'degrees',
  deskew: 'degrees',
  scale: 'factor',
  binarise: 'method',
  denoise: 'size',
}

/**
 * `auto`, `none`, or steps in order, as `stepInWords` writes them: `deskew,binarise=otsu`.
 * @throws Error naming what is not understood
 */
export function parsePreprocessing(text: string): Preprocessing {
  const whole = text.trim()
  if (whole === 'auto' || whole === 'none') return whole
  return whole.split(',').map((part) => {
    const [name = '', value, ...rest] = part.trim().split('=')
    const key = argumentOf[name as PreprocessingName]
    const given =
      value === undefined || key === undefined ? {} : { [key]: key === 'method' ? value : Number(value) }
    const step = preprocessingStep.safeParse({ step: name, ...given })
    if (!step.success || rest.length > 0 || (value !== undefined && key === undefined))
      throw new Error(
        `"${part.trim()}" is no step. There are turn, deskew, crop, scale, binarise=otsu|sauvola, denoise, contrast and invert; or auto, or none.`,
      )
    return step.data
  })
}

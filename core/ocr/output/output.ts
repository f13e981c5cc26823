import {
  type Box,
  type Page,
  type PageRegion,
  type PageTable,
  type ReadingRecipe,
  stepInWords,
} from '../../contract/index.ts'

/** A word as it goes out: with its correction, when it has one. */
export interface OutputWord {
  text: string
  /** What the engine read, where a person has corrected it; null where not. */
  read: string | null
  /** 0..1; 1 where a person has corrected the word. */
  confidence: number
  box: Box
  line: number
  block: number
}

/** A page that was read, as the formats get it. */
export interface OutputPage {
  name: string
  /** The name by which a description refers to the page's picture. */
  pictureName: string
  /** px of the displayed (EXIF-turned) picture, to which the boxes refer. */
  width: number
  height: number
  engine: string
  language: string
  /** sha256 of the language data it was read with; null where it is not known. */
  languageDigest: string | null
  /** The model version it was read with, and its digest; null for an engine without a model of ours. */
  model: { reference: string; digest: string } | null
  /** Null where it is not known. */
  recipe: ReadingRecipe | null
  /** 0..1; null without words. */
  confidence: number | null
  /** In reading order; words that a person has taken out are not among them. */
  words: OutputWord[]
  /** Drawn by hand, in their order. */
  regions: PageRegion[]
  tables: PageTable[]
  /** Lines by line breaks, blocks by an empty line. */
  text: string
  warnings: string[]
  /** The original file; of a file of several pages its first shows this one. */
  picture(): Promise<Buffer>
}

export interface OutputOptions {
  /** Name and version of this program. */
  app: string
  created: Date
  /** Pixels per inch for pictures that don't say theirs. */
  resolution: number
}

interface FormatFacts {
  id: string
  title: string
  description: string
}

/** Writes one file of one page or, where `combines`, of many; page after page, so that memory stays flat. */
export interface FileFormat extends FormatFacts {
  kind: 'file'
  extension: string
  /** Whether one file can hold several pages. */
  combines: boolean
  /** Whether it is text, to show and to copy. */
  textual: boolean
  /** Whether it describes the page's picture and is read back together with it. */
  besidePicture: boolean
  write(
    pages: Iterable<OutputPage> | AsyncIterable<OutputPage>,
    options: OutputOptions,
  ): AsyncGenerator<string | Uint8Array>
}

/** Writes several files for each page. */
export interface FolderFormat extends FormatFacts {
  kind: 'folder'
  write(
    page: OutputPage,
    options: OutputOptions,
  ): AsyncGenerator<{ name: string; content: string | Uint8Array }>
}

/** A way in which what was read leaves. Adding one: one file, and a line in `index.ts`. */
export type OutputFormat = FileFormat | FolderFormat

/** A page as the formats get it. */
export function toOutputPage(page: Page, pictureName: string, picture: () => Promise<Buffer>): OutputPage {
  return {
    name: page.name,
    pictureName,
    width: page.width ?? 0,
    height: page.height ?? 0,
    engine: page.engine ?? '',
    language: page.language ?? '',
    languageDigest: page.languageDigest,
    model: page.model,
    recipe: page.recipe,
    confidence: page.confidence,
    words: page.words.flatMap(({ text, correction, confidence, box, line, block }) =>
      (correction ?? text) === ''
        ? []
        : [
            {
              text: correction ?? text,
              read: correction === null ? null : text,
              confidence: correction === null ? confidence : 1,
              box,
              line,
              block,
            },
          ],
    ),
    regions: page.regions,
    tables: page.tables,
    text: page.text,
    warnings: page.warnings,
    picture,
  }
}

/** How a page was read, in words: "tesseract, eng, psm 3, deskew=-1.5, language data sha256:..." */
export const readBy = ({ engine, language, languageDigest, model, recipe }: OutputPage): string =>
  [
    engine,
    language,
    ...(recipe === null ? [] : [`psm ${recipe.psm}`, ...recipe.steps.map(stepInWords)]),
    ...(languageDigest === null ? [] : [`language data sha256:${languageDigest}`]),
    ...(model === null ? [] : [`model ${model.reference} sha256:${model.digest}`]),
  ].join(', ')

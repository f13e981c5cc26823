import { z } from 'zod'
import { timestamp } from './entities.ts'

/** What is looked for on pages, and what stands in its place. Several words are a phrase, also over the end of a line. */
export const textReplacement = z.object({
  find: z
    .string()
    .max(500)
    .refine((text) => text.trim() !== '', 'Say what is to be found.'),
  /** Empty: what was found is taken out. */
  replace: z.string().max(500).default(''),
  matchCase: z.boolean().default(false),
  wholeWords: z.boolean().default(false),
})
export type TextReplacement = z.infer<typeof textReplacement>

export const replacementOnPages = textReplacement.extend({
  /** Left out: all pages. */
  pageIds: z.array(z.string()).min(1).max(100_000).optional(),
})
export type ReplacementOnPages = z.infer<typeof replacementOnPages>

/** A place on a page, with a few words around it. */
export const replacementPlace = z.object({
  /** Of the first word that it touches. */
  wordIndex: z.number().int(),
  before: z.string(),
  found: z.string(),
  /** What these words will be; empty where they are taken out. */
  becomes: z.string(),
  after: z.string(),
})
export type ReplacementPlace = z.infer<typeof replacementPlace>

export const replacementPreview = z.object({
  /** In all. */
  places: z.number().int(),
  pages: z.number().int(),
  /** The first places, by page, the page that was read first first. */
  items: z.array(
    z.object({
      pageId: z.string(),
      name: z.string(),
      /** On this page, shown or not. */
      places: z.number().int(),
      shown: z.array(replacementPlace),
    }),
  ),
})
export type ReplacementPreview = z.infer<typeof replacementPreview>

/** A replacement that was made. */
export const madeReplacement = textReplacement.extend({
  id: z.string(),
  at: timestamp,
  places: z.number().int(),
  pages: z.number().int(),
  undone: z.boolean(),
})
export type MadeReplacement = z.infer<typeof madeReplacement>

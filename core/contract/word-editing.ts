import { z } from 'zod'
import { box } from './box.ts'

const word = z.number().int().min(0)

/** A change of what is a word, and where; words are named by their `index`. */
export const wordEdit = z.discriminatedUnion('kind', [
  /** Neighbours of one line become one word. */
  z.object({ kind: z.literal('join'), words: z.array(word).min(2).max(100) }),
  /** The word, as it is shown, becomes two: before and from this character on (UTF-16 units). */
  z.object({ kind: z.literal('split'), word, at: z.number().int().min(1) }),
  /** The word has another place on the picture. */
  z.object({ kind: z.literal('box'), word, box }),
  /** A word that was missed, with its place on the picture. */
  z.object({ kind: z.literal('add'), box, text: z.string().trim().min(1).max(1_000) }),
])
export type WordEdit = z.infer<typeof wordEdit>

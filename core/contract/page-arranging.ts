import { z } from 'zod'
import { box } from './box.ts'

/** Degrees clockwise. */
export const quarterTurn = z.union([z.literal(90), z.literal(180), z.literal(270)])
export type QuarterTurn = z.infer<typeof quarterTurn>

/** How the picture on view is made of the original, which stays as it is: turned, then cropped. */
export const pageArrangement = z.object({
  turn: z.union([z.literal(0), quarterTurn]),
  /** px of the turned original; null for the whole of it. */
  crop: box.nullable(),
  /** Size of the original in px, as displayed. */
  width: z.number().int(),
  height: z.number().int(),
})
export type PageArrangement = z.infer<typeof pageArrangement>

/** A change of a page, not of its words; boxes are in px of the page as it is on view. */
export const pageChange = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('turn'), degrees: quarterTurn }),
  z.object({ kind: z.literal('crop'), box }),
  /** To stand before or behind another page, in that one's document. */
  z.object({ kind: z.literal('move'), to: z.enum(['before', 'behind']), pageId: z.string() }),
])
export type PageChange = z.infer<typeof pageChange>

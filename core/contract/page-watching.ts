import { z } from 'zod'
import { timestamp } from './entities.ts'
import { readingOptions } from './page-reading.ts'

/** A folder whose new pictures are read by themselves. */
export const pageWatch = z.object({
  id: z.string(),
  path: z.string(),
  /** Whether the folders in it are looked into too. */
  recursive: z.boolean(),
  options: readingOptions,
  createdAt: timestamp,
  /** When pictures were last taken from it; null before the first. */
  takenAt: timestamp.nullable(),
  /** How many pictures were taken from it. */
  files: z.number().int(),
  /** Why nothing can be taken, and what to do; it is tried again when something changes there. */
  problem: z.string().nullable(),
})
export type PageWatch = z.infer<typeof pageWatch>

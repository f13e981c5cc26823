import { z } from 'zod'

/** A rectangle in pixels of the displayed (EXIF-turned) picture; x1 and y1 are exclusive. */
export const box = z.object({ x0: z.number(), y0: z.number(), x1: z.number(), y1: z.number() })
export type Box = z.infer<typeof box>

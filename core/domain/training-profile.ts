import { z } from 'zod'

/** What is watched of each prediction: of the picture as it came, and how sure the model is. */
export const profileStatistics = ['width', 'height', 'brightness', 'contrast', 'confidence'] as const
export type ProfileStatistic = (typeof profileStatistics)[number]

/** Counts between ascending edges: bin `i` holds values above edge `i - 1` up to and with edge `i`; the last all above. */
const profileBins = z
  .object({ edges: z.array(z.number()), counts: z.array(z.number().int().min(0)) })
  .refine(({ edges, counts }) => counts.length === edges.length + 1, 'one count more than edges is needed')
export type ProfileBins = z.infer<typeof profileBins>

/** How inputs and confidence lay where the model was trained (`profile.json` in a bundle, and beside its log). */
export const trainingProfile = z.object({
  format: z.literal('glyphlab-profile/1'),
  model: z.string(),
  version: z.union([z.number().int(), z.string()]),
  statistics: z.partialRecord(z.enum(profileStatistics), profileBins),
})
export type TrainingProfile = z.infer<typeof trainingProfile>

export const trainingProfileFile = 'profile.json'

const wantedBins = 10

/** Bins of about equal counts, with one more on each side for values that training never saw. Null without a value. */
export function profileBinsOf(values: readonly number[]): ProfileBins | null {
  const sorted = [...values].sort((a, b) => a - b)
  const [least, most] = [sorted[0], sorted.at(-1)]
  if (least === undefined || most === undefined) return null
  const inner = Array.from({ length: wantedBins - 1 }, (_, i) =>
    Number(sorted[Math.floor(((i + 1) * sorted.length) / wantedBins)]),
  )
  // A little room, so that the same picture decoded elsewhere is no stranger.
  const room = Math.max(1e-6, (most - least) * 0.01)
  const edges = [...new Set([least - room, ...inner, most + room])].sort((a, b) => a - b)
  const counts = new Array<number>(edges.length + 1).fill(0)
  for (const value of sorted) counts[binOf(edges, value)] = (counts[binOf(edges, value)] ?? 0) + 1
  return { edges, counts }
}

export function binOf(edges: readonly number[], value: number): number {
  const found = edges.findIndex((edge) => value <= edge)
  return found < 0 ? edges.length : found
}

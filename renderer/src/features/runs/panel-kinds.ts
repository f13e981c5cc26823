import { z } from 'zod'
import type { Run } from '../../../../core/contract/index.ts'
import { epochKey, metricKeysOf } from './metric-keys.ts'

const field = z.string().max(2_000)
const panel = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('bars'), metric: field }),
  z.object({ kind: z.literal('scatter'), x: field, y: field }),
  z.object({ kind: z.literal('parallel'), fields: z.array(field).min(2).max(12) }),
  z.object({ kind: z.literal('matrix'), fields: z.array(field).min(2).max(6) }),
  z.object({ kind: z.literal('contour'), x: field, y: field, metric: field }),
])
/** A chart whose marks are runs. Fields are `metrics.NAME` (the last value) and `params.NAME`. */
export type Panel = z.infer<typeof panel>

/** The charts that an address names; what can't be understood is left out. */
export function panelsOf(text: string | null): Panel[] {
  try {
    const found: unknown = JSON.parse(text ?? '[]')
    if (!Array.isArray(found)) return []
    return found.flatMap((one) => panel.safeParse(one).data ?? [])
  } catch {
    return []
  }
}

export const nameOfField = (text: string): string => text.slice(text.indexOf('.') + 1)

/** A run's value: a number where it is one, words otherwise; null where there is none. */
export function valueOfField(run: Run, text: string): number | string | null {
  const name = nameOfField(text)
  if (text.startsWith('metrics.')) return run.metrics[name]?.value ?? null
  const param = run.params[name]
  if (param === undefined) return null
  return param.trim() !== '' && Number.isFinite(Number(param)) ? Number(param) : param
}

/** Fields that may stand on an axis: metrics, and params that differ. */
export function fieldsOf(runs: readonly Run[]): { metrics: string[]; params: string[] } {
  const params = [...new Set(runs.flatMap((run) => Object.keys(run.params)))].sort()
  return {
    metrics: metricKeysOf(runs)
      .filter((key) => key !== epochKey)
      .map((key) => `metrics.${key}`),
    params: params
      .filter((key) => new Set(runs.map((run) => run.params[key])).size > 1)
      .map((key) => `params.${key}`),
  }
}

/** The list with the entry at a place moved by one; as it was where there is no such place. */
export function moved<T>(list: readonly T[], from: number, by: 1 | -1): T[] {
  const next = [...list]
  const [one] = next.splice(from, 1)
  const to = from + by
  if (one === undefined || to < 0 || to > next.length) return [...list]
  next.splice(to, 0, one)
  return next
}

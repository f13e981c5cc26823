import { isRecord } from './records.ts'

const infinity = /^([+-]?)(?:inf|infinity)$/i

/** A number as Python or JavaScript writes it, NaN and the infinities too; undefined where it is none. */
export function numberIn(text: string): number | undefined {
  const trimmed = text.trim()
  if (/^[+-]?nan$/i.test(trimmed)) return Number.NaN
  const infinite = infinity.exec(trimmed)
  if (infinite) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const value = trimmed === '' ? Number.NaN : Number(trimmed)
  return Number.isNaN(value) ? undefined : value
}

/** A value of a config file as the text of a param. */
export const paramText = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)

/** Nested keys joined by dots: `train.epochs`. Lists stay whole. */
export function flattened(value: unknown, prefix = ''): [string, unknown][] {
  if (!isRecord(value)) return prefix === '' ? [] : [[prefix, value]]
  return Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    const place = prefix === '' ? key : `${prefix}.${key}`
    return isRecord(inner) && Object.keys(inner).length > 0 ? flattened(inner, place) : [[place, inner]]
  })
}

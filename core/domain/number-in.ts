/** The number that a text is, as people and programs write it; null where it is none. NaN is none. */
export function numberIn(text: string): number | null {
  if (/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text)) return Number(text)
  const infinite = /^\s*([+-]?)inf(inity)?\s*$/i.exec(text)
  if (!infinite) return null
  return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}

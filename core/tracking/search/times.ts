const unitMs: Record<string, number> = {
  ms: 1,
  s: 1_000,
  sec: 1_000,
  second: 1_000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  w: 7 * 86_400_000,
  week: 7 * 86_400_000,
  month: 30 * 86_400_000,
  year: 365 * 86_400_000,
}

/** `90 s`, `2h`, `1 h 30 min`: ms; undefined where it is none. A number alone is seconds. */
export function durationOf(text: string): number | undefined {
  if (/^\s*\d+(\.\d+)?\s*$/.test(text)) return Number(text) * 1_000
  if (!/^(\s*\d+(\.\d+)?\s*[a-z]+)+\s*$/i.test(text)) return undefined
  let sum = 0
  for (const [, amount, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/gi)) {
    const word = unit.toLowerCase()
    const ms = unitMs[word] ?? unitMs[word.replace(/s$/, '')]
    if (ms === undefined) return undefined
    sum += Number(amount) * ms
  }
  return sum
}

/** `2026-11-01` (local midnight), `2026-11-01 14:30`, `7 days ago`, `today`, `yesterday`, `now`: ms since 1970. */
export function timeOf(text: string, now: number): number | undefined {
  const words = text.trim().toLowerCase()
  if (words === 'now') return now
  if (words === 'today' || words === 'yesterday') {
    const day = new Date(now)
    day.setHours(0, 0, 0, 0)
    if (words === 'yesterday') day.setDate(day.getDate() - 1)
    return day.getTime()
  }
  if (words.endsWith(' ago')) {
    const ms = durationOf(words.slice(0, -4))
    return ms === undefined ? undefined : now - ms
  }
  const date = /^(\d{4})-(\d{2})-(\d{2})$/.exec(words)
  if (date) {
    const [, year, month, day] = date
    const local = new Date(Number(year), Number(month) - 1, Number(day))
    return local.getMonth() === Number(month) - 1 ? local.getTime() : undefined
  }
  if (!/^\d{4}-\d{2}-\d{2}[t ]\d{2}:\d{2}/.test(words)) return undefined
  const time = Date.parse(text.trim().replace(' ', 'T'))
  return Number.isNaN(time) ? undefined : time
}

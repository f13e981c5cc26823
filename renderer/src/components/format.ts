/** Three significant digits, as tables show numbers; whole numbers are grouped and kept whole. */
export function formatNumber(value: number, digits = 3): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Number.POSITIVE_INFINITY) return '∞'
  if (value === Number.NEGATIVE_INFINITY) return '−∞'
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return groupDigits(String(value))
  const size = Math.abs(value)
  if (size < 1e-3 || size >= 1e6)
    return value
      .toExponential(digits - 1)
      .replace('e+', 'e')
      .replace('-', '−')
  return groupDigits(String(Number(value.toPrecision(digits)))).replace('-', '−')
}

function groupDigits(text: string): string {
  const [whole = '', fraction] = text.replace('-', '−').split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** Bytes in decimal units: `1.42 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (Math.abs(value) >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000
    unit += 1
  }
  const text = unit === 0 ? String(Math.round(value)) : String(Number(value.toPrecision(3)))
  return `${text} ${byteUnits[unit]}`
}

/** A length of time in ms as a person says it: `820 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  const seconds = ms / 1000
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  if (seconds < 59.5) return `${Math.round(seconds)} s`
  const minutes = Math.floor(Math.round(seconds) / 60)
  if (minutes < 60) return joinUnits(minutes, 'min', Math.round(seconds) % 60, 's')
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return joinUnits(hours, 'h', minutes % 60, 'min')
  return joinUnits(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

const joinUnits = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`

/** 0..1 as a whole percentage; never rounds what is not certain up to 100 %, nor what is there down to 0 %. */
export function formatPercent(share: number): string {
  const rounded = Math.round(share * 100)
  if (rounded === 100 && share < 1) return '99 %'
  if (rounded === 0 && share > 0) return '1 %'
  return `${rounded} %`
}

const relativeSteps = [
  { below: 60, unit: 'second', seconds: 1 },
  { below: 3_600, unit: 'minute', seconds: 60 },
  { below: 86_400, unit: 'hour', seconds: 3_600 },
  { below: 2_592_000, unit: 'day', seconds: 86_400 },
  { below: 31_536_000, unit: 'month', seconds: 2_592_000 },
  { below: Number.POSITIVE_INFINITY, unit: 'year', seconds: 31_536_000 },
] as const

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' })

/** A moment in relation to now: `just now`, `5 min. ago`, `yesterday`. Both in ms since 1970. */
export function formatRelative(at: number, now: number): string {
  const seconds = (now - at) / 1000
  if (Math.abs(seconds) < 10) return 'just now'
  const step = relativeSteps.find((candidate) => Math.abs(seconds) < candidate.below)
  return step ? relative.format(-Math.round(seconds / step.seconds), step.unit) : ''
}

/** A moment in full, local time: `2026-11-25 04:12:09`. */
export function formatMoment(at: number): string {
  const date = new Date(at)
  const two = (n: number) => String(n).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** Shortens an id or digest in the middle: `3f2a91…c04e`. */
export function shortenMiddle(text: string, keep = 10): string {
  if (text.length <= keep + 1) return text
  const tail = Math.floor(keep * 0.4)
  return `${text.slice(0, keep - tail)}…${text.slice(text.length - tail)}`
}

/** `1 picture`, `3 pictures`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatNumber(count)} ${count === 1 ? one : many}`

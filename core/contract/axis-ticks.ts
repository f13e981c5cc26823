/** Round numbers (1, 2 or 5 times a power of ten apart) within `from..to`, about `count` of them. */
export function niceTicks(from: number, to: number, count: number): number[] {
  const range = to - from
  if (!(range > 0)) return [from]
  const rough = range / Math.max(1, count)
  const power = 10 ** Math.floor(Math.log10(rough))
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough * 0.8) ?? 10
  const step = factor * power
  const first = Math.ceil(from / step - 1e-9)
  const last = Math.floor(to / step + 1e-9)
  const decimals = Math.max(0, -Math.floor(Math.log10(step)))
  return Array.from({ length: last - first + 1 }, (_, index) =>
    Number(((first + index) * step).toFixed(Math.min(20, decimals))),
  )
}

/** Ticks of a logarithmic axis: powers of ten, with 2 and 5 between where few powers are in sight. */
export function logTicks(from: number, to: number): number[] {
  const low = Math.floor(Math.log10(from))
  const high = Math.ceil(Math.log10(to))
  const every = Math.max(1, Math.ceil((high - low) / 8))
  const factors = high - low <= 3 ? [1, 2, 5] : [1]
  const ticks: number[] = []
  for (let power = low; power <= high; power += every)
    for (const factor of factors) {
      const tick = Number((factor * 10 ** power).toPrecision(3))
      if (tick >= from && tick <= to) ticks.push(tick)
    }
  return ticks.length >= 2 ? ticks : niceTicks(from, to, 4)
}

const units = [
  { size: 1e9, unit: 'G' },
  { size: 1e6, unit: 'M' },
  { size: 1e3, unit: 'k' },
]

/** A tick's label: three significant digits, or as many as neighbours `step` apart need to differ. */
export function formatTick(value: number, step = 0): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  const needed = step > 0 ? Math.floor(Math.log10(size / step) + 1e-9) + 1 : 3
  const digits = Math.min(12, Math.max(3, needed))
  const minus = value < 0 ? '−' : ''
  if (size < 1e-3)
    return (
      minus +
      size
        .toExponential(2)
        .replace(/\.?0+e/, 'e')
        .replace('e-', 'e−')
    )
  const unit = size >= 1e4 ? units.find((candidate) => size >= candidate.size) : undefined
  const shown = unit ? size / unit.size : size
  return `${minus}${Number(shown.toPrecision(digits))}${unit?.unit ?? ''}`
}

/** An axis in seconds: `0`, `45 s`, `2.5 min`, `1.2 h`. */
export function formatSeconds(seconds: number): string {
  if (seconds === 0) return '0'
  const size = Math.abs(seconds)
  if (size < 120) return `${Number(seconds.toPrecision(3))} s`
  if (size < 7_200) return `${Number((seconds / 60).toPrecision(3))} min`
  return `${Number((seconds / 3_600).toPrecision(3))} h`
}

const secondMs = 1_000
const dayMs = 86_400_000
const timeSteps = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200,
].map((seconds) => seconds * secondMs)

/** Ticks of an axis of moments (ms since 1970) on whole seconds, minutes, hours or days of local time. */
export function timeTicks(from: number, to: number, count: number): number[] {
  const rough = (to - from) / Math.max(1, count)
  if (!(rough > 0)) return [from]
  if (rough < secondMs) return niceTicks(from, to, count)
  const step = timeSteps.find((candidate) => candidate >= rough) ?? Math.ceil(rough / dayMs) * dayMs
  const offset = new Date(from).getTimezoneOffset() * 60_000
  const first = Math.ceil((from - offset) / step) * step + offset
  return Array.from(
    { length: Math.max(0, Math.floor((to - first) / step) + 1) },
    (_, index) => first + index * step,
  )
}

/** A moment on an axis: the time of day, or the date at midnight. */
export function formatClock(moment: number): string {
  const date = new Date(moment)
  const two = (n: number) => String(n).padStart(2, '0')
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`
  if (date.getSeconds() !== 0) return `${time}:${two(date.getSeconds())}`
  return time === '00:00' ? `${two(date.getMonth() + 1)}-${two(date.getDate())}` : time
}

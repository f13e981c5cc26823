import type { BrowsedSample, SampleFilter } from '../contract/index.ts'

const lower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())

/** Whether a sample passes the parts of a filter that an edit can change. ASCII letters match in either case. */
export function passes(
  { label, subset, path, text, boxes }: BrowsedSample,
  filter: Pick<Partial<SampleFilter>, 'labels' | 'boxLabels' | 'subset' | 'search' | 'character' | 'within'>,
): boolean {
  if (filter.labels && !filter.labels.includes(label)) return false
  const { boxLabels } = filter
  if (boxLabels && !boxes.some((box) => boxLabels.includes(box.label))) return false
  if (filter.subset && filter.subset !== subset) return false
  if (filter.character !== undefined && !text?.includes(filter.character)) return false
  if (filter.within?.property === 'text-length') {
    const length = text === null ? Number.NaN : [...text].length
    const { min = 0, max = Number.POSITIVE_INFINITY } = filter.within
    if (!(length >= min && length <= max)) return false
  }
  if (filter.search === undefined) return true
  const wanted = lower(filter.search)
  return lower(path).includes(wanted) || (text !== null && lower(text).includes(wanted))
}

/** Order of ordinals by their keys; what lacks one (NaN) comes last in either direction, equal keys by ordinal. */
export function comparator(
  keyOf: (ordinal: number) => number,
  descending: boolean,
): (a: number, b: number) => number {
  const direction = descending ? -1 : 1
  return (a, b) => {
    const [x, y] = [keyOf(a), keyOf(b)]
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b
    return (x - y) * direction || a - b
  }
}

/** Two lists in order become one in order. */
export function mergeSorted(
  a: Uint32Array,
  b: Uint32Array,
  compare: (a: number, b: number) => number,
): Uint32Array {
  if (b.length === 0) return a
  const merged = new Uint32Array(a.length + b.length)
  let [i, j] = [0, 0]
  for (let at = 0; at < merged.length; at += 1) {
    const fromA = j >= b.length || (i < a.length && compare(a[i] ?? 0, b[j] ?? 0) <= 0)
    merged[at] = (fromA ? a[i++] : b[j++]) ?? 0
  }
  return merged
}

/** Whether an ascending list holds a number. */
export function holds(list: Uint32Array, wanted: number): boolean {
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((list[middle] ?? 0) < wanted) low = middle + 1
    else high = middle
  }
  return list[low] === wanted
}

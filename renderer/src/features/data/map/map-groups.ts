import type { DatasetPrediction, SamplePoints } from '../../../../../core/contract/index.ts'
import { classColour, subsetColours } from '../../../components/charts/run-colours.ts'
import { formatNumber } from '../../../components/format.ts'
import { subsets, subsetWords } from '../subsets.ts'
import { unpackBytes, unpackFloats, unpackShorts } from './packed.ts'

export type ColourBy = 'class' | 'subset' | 'value' | 'outcome'

export interface Group {
  id: string
  title: string
  /** As CSS, for light and dark. */
  colour: string
  count: number
}

export interface Grouping {
  groups: Group[]
  /** Place in `groups`, by point. */
  of: Uint16Array
}

const valueSteps = 12
const noValue = 'light-dark(#8a929b, #7d858e)'

/** A perceptual ramp from dark blue over green to yellow (viridis), dimmed for a light ground. */
const ramp: readonly (readonly [number, number, number])[] = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [236, 210, 30],
]

function rampColour(share: number): string {
  const place = share * (ramp.length - 1)
  const at = Math.min(ramp.length - 2, Math.floor(place))
  const [from, to] = [ramp[at], ramp[at + 1]]
  if (!from || !to) return noValue
  const mixed = from.map((value, part) => Math.round(value + ((to[part] ?? value) - value) * (place - at)))
  return `rgb(${mixed.join(' ')})`
}

/** Right and wrong differ in lightness too, and are never red against green. */
const outcomeGroups: readonly Omit<Group, 'count'>[] = [
  { id: 'none', title: 'No class', colour: noValue },
  { id: 'right', title: 'Right', colour: 'light-dark(#9cc3dd, #2f5f80)' },
  { id: 'wrong', title: 'Wrong', colour: 'light-dark(#d98200, #f0b030)' },
  { id: 'confident-wrong', title: 'Confidently wrong', colour: 'light-dark(#b3261e, #ff6f61)' },
]

function counted(groups: readonly Omit<Group, 'count'>[], of: Uint16Array): Grouping {
  const counts = new Array<number>(groups.length).fill(0)
  for (const group of of) counts[group] = (counts[group] ?? 0) + 1
  return { groups: groups.map((group, at) => ({ ...group, count: counts[at] ?? 0 })), of }
}

/** Puts every sample into a group of one colour. */
export function groupsOf(points: SamplePoints, by: ColourBy, outcomes: string | null): Grouping {
  if (by === 'outcome' && outcomes !== null)
    return counted(
      outcomeGroups,
      Uint16Array.from(unpackBytes(outcomes), (outcome) => outcome & 3),
    )
  if (by === 'subset')
    return counted(
      subsets.map((id) => ({ id, title: subsetWords[id], colour: subsetColours[id] ?? noValue })),
      Uint16Array.from(unpackBytes(points.subsets)),
    )
  if (by === 'value' && points.values !== null) return valueGroups(unpackFloats(points.values))
  return counted(
    points.labels.map((label) => ({
      id: label,
      title: label === '' ? '(no class)' : label,
      colour: label === '' ? noValue : classColour(label),
    })),
    unpackShorts(points.classes),
  )
}

function valueGroups(values: Float32Array): Grouping {
  const known = values.filter((value) => !Number.isNaN(value))
  const least = known.reduce((a, b) => Math.min(a, b), Infinity)
  const most = known.reduce((a, b) => Math.max(a, b), -Infinity)
  const step = (most - least) / valueSteps || 1
  const groups = Array.from({ length: valueSteps }, (_, at) => ({
    id: String(at),
    title: `${formatNumber(least + at * step)} to ${formatNumber(least + (at + 1) * step)}`,
    colour: rampColour(at / (valueSteps - 1)),
  }))
  const of = Uint16Array.from(values, (value) =>
    Number.isNaN(value) ? valueSteps : Math.min(valueSteps - 1, Math.floor((value - least) / step)),
  )
  const lacking = of.includes(valueSteps)
  return counted(lacking ? [...groups, { id: 'none', title: 'No value', colour: noValue }] : groups, of)
}

/** What the points of a version can be coloured by. */
export const coloursFor = (
  points: SamplePoints,
  predictions: readonly DatasetPrediction[],
): { value: ColourBy; label: string }[] => [
  { value: 'class', label: 'Class' },
  { value: 'subset', label: 'Subset' },
  ...(points.values === null ? [] : [{ value: 'value' as const, label: 'Value' }]),
  ...(predictions.length === 0 ? [] : [{ value: 'outcome' as const, label: 'Right or wrong' }]),
]

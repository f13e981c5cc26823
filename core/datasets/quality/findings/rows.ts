import type { TableCell } from '../../../contract/index.ts'
import type { FindingDraft } from '../../../domain/finding-draft.ts'
import { listed, member, plural } from './finding-draft.ts'

/** The rows of a table, column by column; the place in a column is the row's ordinal. */
export interface RowEvidence {
  columns: readonly { name: string; cells: readonly TableCell[] }[]
  labels: readonly string[]
  values: readonly (number | null)[]
}

const muchMissing = 0.2
/** Tukey's far-out fence: three interquartile ranges beyond the quartiles. */
const fence = 3
/** With more of them a column is skewed, and they are no outliers. */
const mostOutliers = 0.02
const leastRows = 50
const perfect = 0.99
const leakBins = 50
const mostMembers = 100_000

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`

function missingValues({ columns }: RowEvidence, rows: number): FindingDraft[] {
  const missing = columns.map(({ name, cells }) => ({
    name,
    rows: cells.flatMap((cell, ordinal) => (cell === null ? [ordinal] : [])),
  }))
  const lacking = missing
    .filter((column) => column.rows.length > 0)
    .sort((a, b) => b.rows.length - a.rows.length)
  if (lacking.length === 0) return []
  const byRow = new Map<number, string[]>()
  for (const { name, rows: ordinals } of lacking)
    for (const ordinal of ordinals) byRow.set(ordinal, [...(byRow.get(ordinal) ?? []), name])
  const worst = (lacking[0]?.rows.length ?? 0) / rows
  return [
    {
      kind: 'missing-values',
      severity: worst >= muchMissing ? 'warning' : 'note',
      title: `${plural(byRow.size, 'row lacks', 'rows lack')} a value`,
      detail: `${listed(lacking.map(({ name, rows: ordinals }) => `${name} (${percent(ordinals.length / rows)})`))}. A training puts the mean of the training rows there and tells the network that the value is missing.`,
      groupCount: 0,
      members: [...byRow]
        .sort(([a, one], [b, two]) => two.length - one.length || a - b)
        .slice(0, mostMembers)
        .map(([ordinal, names]) => member(ordinal, `no ${names.slice(0, 5).join(', ')}`)),
    },
  ]
}

function constantColumns({ columns }: RowEvidence): FindingDraft[] {
  const constant = columns.filter(({ cells }) => cells.every((cell) => cell === cells[0]))
  if (constant.length === 0) return []
  return [
    {
      kind: 'constant-column',
      severity: 'warning',
      title: `${plural(constant.length, 'column holds', 'columns hold')} a single value`,
      detail: `Nothing can be learnt from ${listed(constant.map(({ name }) => name))}. Import the table again without (leave out).`,
      groupCount: 0,
      members: [],
    },
  ]
}

function outliers({ columns }: RowEvidence): FindingDraft[] {
  const found = new Map<number, string>()
  const names: string[] = []
  for (const { name, cells } of columns) {
    const numbers = Float64Array.from(cells.filter((cell) => typeof cell === 'number')).sort()
    if (numbers.length < leastRows) continue
    const at = (share: number) => numbers[Math.floor(share * (numbers.length - 1))] ?? 0
    const [low, high] = [at(0.25), at(0.75)]
    const [least, most] = [low - fence * (high - low), high + fence * (high - low)]
    if (high === low) continue
    const far = cells.flatMap((cell, ordinal) =>
      typeof cell === 'number' && (cell < least || cell > most) ? [ordinal] : [],
    )
    if (far.length === 0 || far.length > mostOutliers * numbers.length) continue
    names.push(name)
    for (const ordinal of far)
      found.set(
        ordinal,
        `${found.has(ordinal) ? `${found.get(ordinal)}; ` : ''}${name} is ${cells[ordinal]}, usual is ${Number(low.toPrecision(3))} to ${Number(high.toPrecision(3))}`,
      )
  }
  if (found.size === 0) return []
  return [
    {
      kind: 'outliers',
      severity: 'note',
      title: `${plural(found.size, 'row has', 'rows have')} a number far from all others`,
      detail: `In ${listed(names)}: more than ${fence} times the middle half's width beyond it. Slips of the pen, or the cases that matter.`,
      groupCount: 0,
      members: [...found].slice(0, mostMembers).map(([ordinal, reason]) => member(ordinal, reason)),
    },
  ]
}

/** Numbers by the bin of equal counts that they lie in, other values by themselves. */
function binsOf(cells: readonly TableCell[]): string[] {
  const numbers = Float64Array.from(cells.filter((cell) => typeof cell === 'number')).sort()
  const ends = Array.from(
    { length: leakBins - 1 },
    (_, bin) => numbers[Math.floor(((bin + 1) * numbers.length) / leakBins)] ?? 0,
  )
  return cells.map((cell) =>
    typeof cell === 'number' ? `bin ${ends.findIndex((end) => cell < end)}` : String(cell),
  )
}

/** Half of the rows, scattered: they judge what the others say. */
const isHeldOut = (row: number): boolean => Math.imul(row + 1, 0x9e3779b1) >>> 31 === 1

/** Share of the rows held out that the majority of the others with the same value names. */
function classesFrom(bins: readonly string[], labels: readonly string[]): number {
  const counts = new Map<string, Map<string, number>>()
  for (let row = 0; row < bins.length; row++) {
    if (isHeldOut(row)) continue
    const bin = counts.get(bins[row] ?? '') ?? new Map<string, number>()
    counts.set(bins[row] ?? '', bin)
    bin.set(labels[row] ?? '', (bin.get(labels[row] ?? '') ?? 0) + 1)
  }
  const majority = new Map(
    [...counts].map(([bin, of]) => [bin, [...of].sort(([, a], [, b]) => b - a)[0]?.[0] ?? '']),
  )
  let right = 0
  let all = 0
  for (let row = 0; row < bins.length; row++) {
    if (!isHeldOut(row)) continue
    all += 1
    if (majority.get(bins[row] ?? '') === labels[row]) right += 1
  }
  return right / Math.max(1, all)
}

/** Part of the variance of the rows held out that the others' means by value explain. */
function valuesFrom(bins: readonly string[], values: readonly (number | null)[]): number {
  const sums = new Map<string, [sum: number, count: number]>()
  for (let row = 0; row < bins.length; row++) {
    if (isHeldOut(row)) continue
    const value = values[row] ?? null
    if (value === null) continue
    const [sum, count] = sums.get(bins[row] ?? '') ?? [0, 0]
    sums.set(bins[row] ?? '', [sum + value, count + 1])
  }
  const judged = values.flatMap((value, row) =>
    value !== null && isHeldOut(row) ? [[value, row] as const] : [],
  )
  const mean = judged.reduce((sum, [value]) => sum + value, 0) / Math.max(1, judged.length)
  let [residual, total] = [0, 0]
  for (const [value, row] of judged) {
    const [sum, count] = sums.get(bins[row] ?? '') ?? [mean, 1]
    residual += (value - sum / count) ** 2
    total += (value - mean) ** 2
  }
  return total === 0 ? 0 : 1 - residual / total
}

/** Columns that alone give the target away. */
function targetLeaks({ columns, labels, values }: RowEvidence, rows: number): FindingDraft[] {
  if (rows < leastRows) return []
  const classes = new Map<string, number>()
  for (const label of labels) classes.set(label, (classes.get(label) ?? 0) + 1)
  const uneven = Math.max(...classes.values()) / rows > 0.95
  const asClass = classes.size > 1
  if (asClass && uneven) return []
  if (!asClass && values.every((value) => value === null)) return []
  const leaks = columns.flatMap(({ name, cells }) => {
    const bins = binsOf(cells)
    const share = asClass ? classesFrom(bins, labels) : valuesFrom(bins, values)
    return share >= perfect ? [`${name} (${percent(share)})`] : []
  })
  if (leaks.length === 0) return []
  return [
    {
      kind: 'target-leakage',
      severity: 'warning',
      title: `${plural(leaks.length, 'column gives', 'columns give')} the target away`,
      detail: `Alone, ${listed(leaks)} ${asClass ? 'of the classes are told right' : "of the target's variance is explained"} by it. If it is only known once the target is, import the table again without it (leave out).`,
      groupCount: 0,
      members: [],
    },
  ]
}

/** What is odd about the rows of a table. */
export function rowFindings(evidence: RowEvidence): FindingDraft[] {
  const rows = evidence.labels.length
  return [
    ...targetLeaks(evidence, rows),
    ...constantColumns(evidence),
    ...missingValues(evidence, rows),
    ...outliers(evidence),
  ]
}

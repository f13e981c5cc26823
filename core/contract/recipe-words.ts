import type { RecipeStep, SampleChange, SampleCondition, SplitRule, StepOf } from './recipes.ts'

const shownNames = 3

const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`

function names(list: readonly string[]): string {
  const shown = list.slice(0, shownNames).map((name) => (name === '' ? 'no class' : `“${name}”`))
  const more = list.length - shown.length
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ')
}

function describeCondition(where: SampleCondition): string {
  const parts: string[] = []
  if (where.labels) parts.push(`in ${names(where.labels)}`)
  if (where.subsets) parts.push(`in ${where.subsets.join(' or ')}`)
  if (where.paths)
    parts.push(where.paths.length === 1 ? names(where.paths) : `of a list of ${where.paths.length}`)
  if (where.ordinals) parts.push(`of a list of ${where.ordinals.length}`)
  if (where.glob !== undefined) parts.push(`with a path like “${where.glob}”`)
  if (where.groups) parts.push(`of the group ${names(where.groups)}`)
  if (where.minWidth !== undefined) parts.push(`at least ${where.minWidth} px wide`)
  if (where.maxWidth !== undefined) parts.push(`at most ${where.maxWidth} px wide`)
  if (where.minHeight !== undefined) parts.push(`at least ${where.minHeight} px high`)
  if (where.maxHeight !== undefined) parts.push(`at most ${where.maxHeight} px high`)
  if (where.text) parts.push(where.text === 'present' ? 'with a text' : 'without a text')
  if (where.textContains !== undefined) parts.push(`whose text has “${where.textContains}”`)
  if (where.boxes) parts.push(where.boxes === 'present' ? 'with boxes' : 'without boxes')
  return parts.length === 0 ? 'pictures' : `pictures ${parts.join(', ')}`
}

const fieldWords: Record<keyof SampleChange, string> = {
  label: 'class',
  text: 'text',
  value: 'value',
  group: 'group',
  boxes: 'boxes',
  subset: 'subset',
}

function describeRelabel({ map, edits }: StepOf<'relabel'>): string {
  const parts = Object.entries(map).map(([from, to]) => `${names([from])} to ${names([to])}`)
  const edited = new Set(edits.flatMap(({ paths }) => paths)).size
  if (edited > 0) {
    const fields = new Set(edits.flatMap(({ set }) => Object.keys(set) as (keyof SampleChange)[]))
    const words = [...fields].map((field) => fieldWords[field]).join(', ')
    parts.push(`${words} of ${plural(edited, 'picture')}`)
  }
  return `Relabel ${parts.join('; ')}`
}

const percent = (share: number): string => `${Math.round(share * 100)}\u00a0%`

/** A split rule in words: `stratified, 80/10/10, seed 42`. */
export function describeRule(rule: SplitRule): string {
  if (rule.kind === 'by-folder') return rule.folders ? 'by chosen folders' : 'by folder'
  if (rule.kind === 'k-fold')
    return `${rule.folds} folds${rule.grouped ? ', groups together' : ''}, seed ${rule.seed}`
  const { train, validation, test } = rule.fractions
  const sum = train + validation + test
  const shares = [train, validation, test].map((part) => Math.round((part / sum) * 100)).join('/')
  const kind = { random: 'random', stratified: 'stratified', grouped: 'grouped', 'by-hash': 'by hash' }[
    rule.kind
  ]
  return `${kind}, ${shares}, seed ${rule.seed}`
}

function describeAugment(step: StepOf<'augment'>): string {
  const changes: string[] = []
  if (step.flipHorizontal) changes.push('mirrored')
  if (step.flipVertical) changes.push('upside down')
  if (step.rotate > 0) changes.push(`turned up to ${step.rotate}°`)
  if (step.shift > 0) changes.push(`shifted up to ${percent(step.shift)}`)
  if (step.noise > 0) changes.push(`noise ${percent(step.noise)}`)
  if (step.brightness > 0) changes.push(`brightness ±\u00a0${percent(step.brightness)}`)
  return `Add ${plural(step.copies, 'changed copy', 'changed copies')} of each picture in ${step.subsets.join(', ')}: ${changes.join(', ')}`
}

/** One step of a recipe in words: what a person reads in the history, and in an error about it. */
export function describeStep(step: RecipeStep): string {
  switch (step.kind) {
    case 'filter':
      return `${step.action === 'keep' ? 'Keep' : 'Drop'} ${describeCondition(step.where)}`
    case 'relabel':
      return describeRelabel(step)
    case 'merge-classes':
      return `Merge the classes ${names(step.from)} into ${names([step.into])}`
    case 'rename-class':
      return `Rename the class ${names([step.from])} to ${names([step.to])}`
    case 'deduplicate':
      return step.groups.length > 0
        ? `Remove duplicates and ${plural(step.groups.length, 'group')} of near-duplicates`
        : 'Remove duplicates'
    case 'balance':
      return `Balance the classes in ${step.subsets.join(', ')} to ${typeof step.to === 'number' ? plural(step.to, 'picture') : `the ${step.to} class`}`
    case 'resize':
      return `Resize to ${step.width} × ${step.height} px (${step.mode})`
    case 'crop-boxes':
      return step.labels ? `Cut out the boxes of ${names(step.labels)}` : 'Cut out the boxes'
    case 'augment':
      return describeAugment(step)
    case 'merge':
      return 'Merge with another version'
    case 'split':
      return `Split: ${describeRule(step.rule)}`
  }
}

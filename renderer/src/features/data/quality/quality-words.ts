import type { FindingKind, FindingSeverity, SampleProperty } from '../../../../../core/contract/index.ts'
import type { SampleFilter } from '../sample-filter.ts'

export const severityWords: Record<FindingSeverity, string> = {
  error: 'Error',
  warning: 'Warning',
  note: 'Note',
}

export const findingWords: Record<FindingKind, string> = {
  refused: 'Refused files',
  damaged: 'Damaged pictures',
  leakage: 'In two subsets',
  'near-leakage': 'Look-alikes in two subsets',
  'group-leakage': 'Groups in two subsets',
  'label-conflict': 'Two labels',
  'near-label-conflict': 'Look-alikes with two labels',
  'exact-duplicates': 'Exact duplicates',
  'near-duplicates': 'Near-duplicates',
  unlabelled: 'Without a class',
  'class-not-in-train': 'Classes not in train',
  'small-classes': 'Small classes',
  'class-imbalance': 'Smallest classes',
  'similar-class-names': 'Classes spelt in two ways',
  'odd-size': 'Odd sizes',
  'odd-aspect': 'Odd shapes',
  'mixed-colour-modes': 'Other colour modes',
  blank: 'Blank pictures',
  'very-dark': 'Very dark pictures',
  'very-bright': 'Very bright pictures',
  'empty-text': 'Without text',
  'odd-text-length': 'Odd text lengths',
  'text-not-nfc': 'Texts not in NFC',
  'suspect-characters': 'Unseen characters',
  'rare-characters': 'Rare characters',
  'box-outside': 'Boxes reaching out',
  'box-empty': 'Boxes without area',
  'box-twice': 'Boxes there twice',
  'label-errors': 'Probable label errors',
  'missing-values': 'Missing values',
  'constant-column': 'Columns of one value',
  outliers: 'Numbers far from all others',
  'target-leakage': 'Columns that give the target away',
}

export const propertyWords: Record<SampleProperty, { title: string; unit: string; digits: number }> = {
  side: { title: 'Longer side', unit: ' px', digits: 0 },
  aspect: { title: 'Width by height', unit: '', digits: 2 },
  brightness: { title: 'Brightness', unit: '', digits: 0 },
  contrast: { title: 'Contrast', unit: '', digits: 0 },
  'text-length': { title: 'Text length', unit: '', digits: 0 },
}

/** `20 to 40 px`, `28 px`. */
export function rangeWords(
  property: SampleProperty,
  { min, max }: { min?: number | undefined; max?: number | undefined },
): string {
  const { unit, digits } = propertyWords[property]
  const ends = [...new Set([min, max].flatMap((end) => (end === undefined ? [] : [end.toFixed(digits)])))]
  return `${ends.join(' to ')}${unit}`
}

/** What the quality tab has narrowed the grid to; null: nothing. */
export function narrowedWords({ finding, within, character }: SampleFilter): string | null {
  const parts = [
    ...(finding === null ? [] : [findingWords[finding]]),
    ...(within === null
      ? []
      : [`${propertyWords[within.property].title} ${rangeWords(within.property, within)}`]),
    ...(character === null ? [] : [`Texts with “${character}”`]),
  ]
  return parts.length === 0 ? null : parts.join(', ')
}

import type { ColumnKind, TableCell } from '../contract/index.ts'

/** What people write where there is no value. `None` is none of them: it is a category often enough. */
const missingWords = new Set(['', 'na', 'n/a', '#n/a', '<na>', 'nan', '-nan', 'null', '?'])
const plainNumber = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i
const commaNumber = /^[-+]?\d+,\d+(e[-+]?\d+)?$/i
/** `007` names something; it is not the number 7. */
const leadingZeros = /^[-+]?0\d/
const isoDate = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[-+]\d{2}:?\d{2})?)?$/

export function isMissing(text: string, alsoMissing?: ReadonlySet<string>): boolean {
  const word = text.trim()
  if (alsoMissing?.has(word)) return true
  return word.length < 5 && missingWords.has(word.toLowerCase())
}

/** The number that a cell holds; null when it holds something else. `comma`: `1,5` is one and a half. */
export function numberIn(text: string, comma: boolean): number | null {
  const word = text.trim()
  if (leadingZeros.test(word)) return null
  if (plainNumber.test(word)) return finite(Number(word))
  if (comma && commaNumber.test(word)) return finite(Number(word.replace(',', '.')))
  return null
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

export function booleanIn(text: string): boolean | null {
  switch (text.trim().toLowerCase()) {
    case 'true':
    case 'yes':
      return true
    case 'false':
    case 'no':
      return false
    default:
      return null
  }
}

export const isDate = (text: string): boolean =>
  isoDate.test(text.trim()) && !Number.isNaN(Date.parse(text.trim()))

/**
 * A cell as its column's kind has it; null where the value is missing, undefined where it is none of that kind.
 * Texts are in NFC and without spaces around them.
 */
export function cellOfKind(
  kind: ColumnKind,
  text: string,
  { comma = false, alsoMissing }: { comma?: boolean; alsoMissing?: ReadonlySet<string> } = {},
): TableCell | undefined {
  if (isMissing(text, alsoMissing)) return null
  switch (kind) {
    case 'numeric':
      return numberIn(text, comma) ?? undefined
    case 'boolean':
      return booleanIn(text) ?? undefined
    case 'date':
    case 'categorical':
    case 'text':
      return text.trim().normalize('NFC')
  }
}

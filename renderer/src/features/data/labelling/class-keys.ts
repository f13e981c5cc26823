import type { LabelCount } from '../../../../../core/contract/index.ts'

/** In the order in which classes get them. */
const digits = '1234567890'

/**
 * The number key of each class: a class that is named by a digit has that one, the others get what is left, in order.
 * Samples without a class have none.
 */
export function classKeys(labels: readonly Pick<LabelCount, 'label'>[]): ReadonlyMap<string, string> {
  const names = labels.map(({ label }) => label).filter((label) => label !== '')
  const keys = new Map(names.filter((name) => /^\d$/.test(name)).map((name) => [name, name]))
  const free = [...digits].filter((digit) => !keys.has(digit))
  for (const name of names) {
    if (keys.has(name)) continue
    const key = free.shift()
    if (key === undefined) break
    keys.set(name, key)
  }
  return keys
}

/** The class that a key sets; undefined when it sets none. */
export const classOfKey = (keys: ReadonlyMap<string, string>, key: string): string | undefined =>
  [...keys].find(([, digit]) => digit === key)?.[0]

import type { DraftMember, FindingDraft } from '../../../domain/finding-draft.ts'
import { distributionOf, usualRange } from '../statistics.ts'
import { type Evidence, listed, member, plural } from './finding-draft.ts'

/** A character is rare when it is seen this seldom in texts that hold at least so many characters in all. */
const rareCount = 1
const enoughCharacters = 1_000

/** Controls, private use, unassigned, zero-width and direction marks, the replacement character: never typed on purpose. */
const suspect = /[\p{Cc}\p{Co}\p{Cn}\p{Cs}\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffd]/u

const codePoint = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
/** The character, or its number where it can't be seen. */
const named = (character: string): string =>
  suspect.test(character) || /\s|\p{M}/u.test(character) ? codePoint(character) : character

export function countCharacters(texts: Iterable<string | null>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const text of texts)
    for (const character of text ?? '') counts.set(character, (counts.get(character) ?? 0) + 1)
  return counts
}

/** Transcriptions: empty, of an odd length, with characters that hardly belong. Nothing where there are no texts. */
export function textFindings({ samples }: Evidence): FindingDraft[] {
  if (!samples.some(({ text }) => text !== null && text.trim() !== '')) return []
  const findings: FindingDraft[] = []
  const add = (
    kind: FindingDraft['kind'],
    severity: FindingDraft['severity'],
    members: DraftMember[],
    title: (count: number) => string,
    detail: string,
  ) => {
    if (members.length > 0)
      findings.push({ kind, severity, title: title(members.length), detail, groupCount: 0, members })
  }
  const which = (test: (text: string) => string | null) =>
    samples.flatMap(({ text }, ordinal) => {
      const reason = text === null ? null : test(text)
      return reason === null ? [] : [member(ordinal, reason)]
    })

  add(
    'empty-text',
    'warning',
    samples.flatMap(({ text }, ordinal) => ((text ?? '').trim() === '' ? [member(ordinal)] : [])),
    (count) => `${plural(count, 'picture has', 'pictures have')} no text`,
    'Others of this version have one.',
  )
  add(
    'text-not-nfc',
    'warning',
    which((text) => (text === text.normalize('NFC') ? null : 'not composed (NFC)')),
    (count) => `${plural(count, 'text is', 'texts are')} not in NFC`,
    'Letters and accents stand as separate characters: equal words compare as different.',
  )
  const strange = new Set<string>()
  const withStrange = which((text) => {
    const found = [...new Set([...text].filter((character) => suspect.test(character)))]
    for (const character of found) strange.add(character)
    return found.length === 0 ? null : found.map(named).join(' ')
  })
  add(
    'suspect-characters',
    'warning',
    withStrange,
    (count) => `${plural(count, 'text holds', 'texts hold')} characters that can't be seen`,
    `Controls, marks without width, private or replacement characters: ${[...strange].slice(0, 10).map(codePoint).join(', ')}.`,
  )

  const counts = countCharacters(samples.map(({ text }) => text))
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  if (total >= enoughCharacters) {
    const rare = new Set(
      [...counts].flatMap(([character, count]) =>
        count <= rareCount && !suspect.test(character) ? [character] : [],
      ),
    )
    add(
      'rare-characters',
      'note',
      which((text) => {
        const found = [...text].filter((character) => rare.has(character))
        return found.length === 0 ? null : found.map(named).join(' ')
      }),
      (count) => `${plural(count, 'text holds', 'texts hold')} a character seen nowhere else`,
      `${plural(rare.size, 'character')}: ${listed([...rare].map(named), 12)}. A typing error, or too rare to be learnt.`,
    )
  }

  const lengths = samples.map(({ text }) => [...(text ?? '').trim()].length)
  const usual = usualRange(distributionOf(lengths), { deviations: 4, leastFactor: 4 })
  add(
    'odd-text-length',
    'note',
    lengths.flatMap((length, ordinal) =>
      length > 0 && (length < usual.least || length > usual.most)
        ? [member(ordinal, plural(length, 'character'))]
        : [],
    ),
    (count) => `${plural(count, 'text is', 'texts are')} far longer or shorter than the rest`,
    `Most have ${Math.ceil(usual.least)} to ${Math.floor(usual.most)} characters (median ${usual.median}).`,
  )
  return findings
}

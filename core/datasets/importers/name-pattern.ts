import { z } from 'zod'
import { type Annotation, GlyphlabError } from '../../contract/index.ts'
import { baseName, extensionOf, isPictureName } from '../formats/picture-name.ts'
import { subsetNamed } from '../formats/subset-names.ts'
import { parseOptions } from '../options.ts'
import { readSourceFile } from '../read-file.ts'
import type { Candidate, Importer, ImportSource } from './importer.ts'
import { nameList } from './name-list.ts'
import { type NameFacts, type NameMatcher, regexPattern, simplePattern } from './name-patterns.ts'

const optionsSchema = z.strictObject({
  /** `{label}_{group}_*.png`; with a slash it is matched with the folders, without a dot without the extension. */
  pattern: z.string().min(1).optional(),
  /** Instead of `pattern`: a regular expression with named groups, searched in the whole relative path. */
  regex: z.string().min(1).optional(),
})

const numbered = /^(.*?[^\d\W_])[-_. ]*\d+$/u

/** `{label}_*` and the like, when the names of a flat folder are words with numbers behind them; null otherwise. */
function guessPattern({ scan }: ImportSource): string | null {
  const names = scan.files.filter(({ path }) => isPictureName(path)).map(({ path }) => path)
  if (names.length < 4 || names.some((path) => path.includes('/'))) return null
  for (const separator of ['_', '-', ' ']) {
    const counts = new Map<string, number>()
    const fits = names.every((name) => {
      const stem = name.slice(0, name.length - extensionOf(name).length)
      const word = numbered.exec(stem)?.[1]
      if (word === undefined || word.includes(separator) || !stem.startsWith(word + separator)) return false
      counts.set(word, (counts.get(word) ?? 0) + 1)
      return true
    })
    if (fits && counts.size > 1 && [...counts.values()].every((count) => count > 1))
      return `{label}${separator}*`
  }
  return null
}

function matcherOf(source: ImportSource): {
  matcher: NameMatcher
  pattern: string
  textOf: (path: string) => string
} {
  const { pattern: given, regex } = parseOptions(optionsSchema, source.options, 'name-pattern')
  if (regex !== undefined) return { matcher: regexPattern(regex), pattern: regex, textOf: (path) => path }
  const pattern = given ?? guessPattern(source)
  if (pattern === null)
    throw new GlyphlabError(
      'INVALID_INPUT',
      `The names of the files in ${source.root} follow no pattern that can be guessed. Give one, e.g. {label}_*.png (option "pattern").`,
    )
  const withFolders = pattern.includes('/')
  const withExtension = baseName(pattern).includes('.')
  return {
    matcher: simplePattern(pattern),
    pattern,
    textOf: (path) => {
      const name = withFolders ? path : baseName(path)
      return withExtension ? name : name.slice(0, name.length - extensionOf(name).length)
    },
  }
}

function annotationOf({ text, value, group }: NameFacts): Partial<Annotation> {
  return {
    ...(text === undefined ? {} : { text: text.normalize('NFC') }),
    ...(value === undefined ? {} : { value: Number(value) }),
    ...(group === undefined ? {} : { group: group.normalize('NFC') }),
  }
}

/** Class, group, subset, text or number from the names of the files. */
export const namePattern: Importer = {
  id: 'name-pattern',
  title: 'Labels in the names of the files',

  detects: (source) =>
    typeof source.options['pattern'] === 'string' ||
    typeof source.options['regex'] === 'string' ||
    guessPattern(source) !== null,

  guess(source) {
    const pattern = guessPattern(source)
    return pattern === null ? {} : { pattern }
  },

  async plan(source) {
    const { matcher, pattern, textOf } = matcherOf(source)
    const { scan, root } = source
    const facts = matcher(scan.files.map(({ path }) => textOf(path.normalize('NFC'))))
    const candidates: Candidate[] = []
    const unknownSubsets = new Set<string>()
    for (const [index, { path: raw, file }] of scan.files.entries()) {
      const path = raw.normalize('NFC')
      const found = facts[index]
      if (!found) {
        scan.refused.push({ path, reason: `its name does not match ${pattern}` })
        continue
      }
      if (found.value !== undefined && !Number.isFinite(Number(found.value))) {
        scan.refused.push({ path, reason: `"${found.value}" in its name is not a number` })
        continue
      }
      const subset = found.subset === undefined ? null : subsetNamed(found.subset)
      if (found.subset !== undefined && subset === null) unknownSubsets.add(found.subset)
      candidates.push({
        path,
        label: found.label?.normalize('NFC') ?? '',
        annotation: annotationOf(found),
        subset,
        file,
        read: () => readSourceFile(file),
        info: null,
      })
    }
    if (candidates.length === 0)
      throw new GlyphlabError(
        'INVALID_INPUT',
        scan.files.length === 0
          ? `${root} holds no files. Choose a folder with pictures.`
          : `No file of ${root} matches ${pattern} (the first is ${(scan.files.find(({ path }) => isPictureName(path)) ?? scan.files[0])?.path}). Change the pattern.`,
      )
    const warnings =
      unknownSubsets.size > 0
        ? [
            `Some names have a subset that is neither train, validation nor test; the split decides there: ${nameList([...unknownSubsets])}.`,
          ]
        : []
    return { candidates, warnings }
  },
}

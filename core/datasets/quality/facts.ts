import type { QualityFacts } from '../../contract/index.ts'
import { countRepeated } from './findings/duplicates.ts'
import type { Evidence } from './findings/finding-draft.ts'
import { countCharacters } from './findings/texts.ts'
import { distributionOf, toDigits } from './statistics.ts'

const mostCharacters = 5_000

function countOf(values: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

/** The distributions of a version: what its histograms draw, its rules ask and its drift compares. */
export function factsOf(evidence: Evidence): QualityFacts {
  const { samples, measures } = evidence
  const known = measures.filter((measure) => measure !== null)
  const texts = samples.flatMap(({ text }) => (text === null ? [] : [text]))
  return {
    classes: [...countOf(samples.map(({ label }) => label))],
    width: distributionOf(samples.map(({ width }) => width)),
    height: distributionOf(samples.map(({ height }) => height)),
    side: distributionOf(samples.map(({ width, height }) => Math.max(width, height))),
    aspect: distributionOf(samples.map(({ width, height }) => toDigits(width / height, 3))),
    brightness: distributionOf(known.map(({ brightness }) => Math.round(brightness))),
    contrast: distributionOf(known.map(({ contrast }) => Math.round(contrast))),
    textLength: distributionOf(texts.map((text) => [...text].length)),
    characters: [...countCharacters(texts)].sort(([, a], [, b]) => b - a).slice(0, mostCharacters),
    colourModes: Object.fromEntries(countOf(known.map(({ mode }) => mode))),
    mediaTypes: Object.fromEntries(countOf(samples.map(({ mediaType }) => mediaType))),
    ...countRepeated(evidence),
  }
}

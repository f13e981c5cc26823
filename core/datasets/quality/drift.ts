import type { Distribution, DriftMeasure, QualityFacts, VersionDrift } from '../../contract/index.ts'
import { stabilityIndex } from '../../domain/population-stability.ts'
import { chiSquareTest, inTenths, kolmogorovSmirnov, quantile, totalOf } from './statistics.ts'

/** Usual limits of the population stability index (Siddiqi, "Credit Risk Scorecards", 2006). */
const little = 0.1
const much = 0.25
const significant = 0.01

/** Small sets differ by chance: only what chance does not explain is called a change. */
function verdictOf(stability: number, pValue: number): DriftMeasure['verdict'] {
  if (pValue > significant || stability < little) return 'same'
  return stability < much ? 'little' : 'much'
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
const shown = (value: number): string => (Number.isInteger(value) ? String(value) : value.toPrecision(3))

function counted(
  name: 'classes' | 'characters',
  title: string,
  from: QualityFacts['classes'],
  to: QualityFacts['classes'],
): { measure: DriftMeasure; shares: VersionDrift['shares'] } {
  const [first, second] = [new Map(from), new Map(to)]
  const names = [...new Set([...first.keys(), ...second.keys()])]
  const [a, b] = [names.map((key) => first.get(key) ?? 0), names.map((key) => second.get(key) ?? 0)]
  const { chiSquare, pValue } = chiSquareTest(a, b)
  const stability = stabilityIndex(a, b)
  const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0) || 1
  const [ofA, ofB] = [sum(a), sum(b)]
  const shares = names
    .map((label, index) => ({ label, from: (a[index] ?? 0) / ofA, to: (b[index] ?? 0) / ofB }))
    .sort((x, y) => Math.abs(y.to - y.from) - Math.abs(x.to - x.from))
  const most = shares[0]
  const words =
    most && most.from !== most.to
      ? `"${most.label}" went from ${percent(most.from)} to ${percent(most.to)}, the largest change.`
      : 'All shares are the same.'
  const verdict = verdictOf(stability, pValue)
  return {
    measure: { name, title, stability, distance: null, chiSquare, pValue, verdict, words },
    shares,
  }
}

function measured(
  name: DriftMeasure['name'],
  title: string,
  unit: string,
  from: Distribution,
  to: Distribution,
): DriftMeasure[] {
  if (totalOf(from) === 0 || totalOf(to) === 0) return []
  const tenths = inTenths(from, to)
  const stability = stabilityIndex(tenths.from, tenths.to)
  const { distance, pValue } = kolmogorovSmirnov(from, to)
  const [a, b] = [quantile(from, 0.5), quantile(to, 0.5)]
  const words =
    a === b
      ? `The median is ${shown(a)}${unit} in both.`
      : `The median went from ${shown(a)}${unit} to ${shown(b)}${unit}.`
  // A shift within one bin is seen by the distance alone.
  const verdict = verdictOf(Math.max(stability, distance > 0.5 ? much : 0), pValue)
  return [{ name, title, stability, distance, chiSquare: null, pValue, verdict, words }]
}

/** What changed from one version to another: classes, sizes, brightness, texts. */
export function driftBetween(from: QualityFacts, to: QualityFacts): VersionDrift {
  const lacks = (these: QualityFacts['classes'], others: QualityFacts['classes']) => {
    const known = new Set(others.map(([key]) => key))
    return these.flatMap(([key]) => (known.has(key) ? [] : [key]))
  }
  const classes = counted('classes', 'Shares of the classes', from.classes, to.classes)
  const texts = from.characters.length > 0 && to.characters.length > 0
  return {
    newClasses: lacks(to.classes, from.classes),
    lostClasses: lacks(from.classes, to.classes),
    newCharacters: lacks(to.characters, from.characters),
    lostCharacters: lacks(from.characters, to.characters),
    shares: classes.shares,
    measures: [
      classes.measure,
      ...measured('width', 'Width', ' px', from.width, to.width),
      ...measured('height', 'Height', ' px', from.height, to.height),
      ...measured('aspect', 'Width by height', '', from.aspect, to.aspect),
      ...measured('brightness', 'Brightness', '', from.brightness, to.brightness),
      ...measured('contrast', 'Contrast', '', from.contrast, to.contrast),
      ...measured('text-length', 'Text length', ' characters', from.textLength, to.textLength),
      ...(texts
        ? [counted('characters', 'Characters of the texts', from.characters, to.characters).measure]
        : []),
    ],
  }
}

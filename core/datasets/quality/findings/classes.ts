import type { FindingDraft } from '../../../domain/finding-draft.ts'
import { type Evidence, groupBy, listed, member, plural } from './finding-draft.ts'

const fewSamples = 10
/** The largest class by the smallest: beyond the first worth knowing, beyond the second a warning. */
const unevenFactor = 3
const imbalanceFactor = 10

const folded = (name: string): string =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_-]+/gu, ' ')
    .trim()

/** Classes that are missing, small, uneven, or named nearly alike. */
export function classFindings({ samples }: Evidence): FindingDraft[] {
  const classes = groupBy(samples, ({ label }) => label || null)
  const findings: FindingDraft[] = []
  if (classes.size === 0) return findings
  const unlabelled = samples.flatMap(({ label }, ordinal) => (label === '' ? [ordinal] : []))
  if (unlabelled.length > 0)
    findings.push({
      kind: 'unlabelled',
      severity: 'note',
      title: `${plural(unlabelled.length, 'sample has', 'samples have')} no class`,
      detail: 'They are left out of a training.',
      groupCount: 0,
      members: unlabelled.map((ordinal) => member(ordinal)),
    })
  const bySize = [...classes].sort(([, a], [, b]) => a.length - b.length)
  const names = (list: typeof bySize) => list.map(([name]) => name)
  const all = (list: typeof bySize) => list.flatMap(([, ordinals]) => ordinals.map((each) => member(each)))

  const absent = bySize.filter(([, ordinals]) =>
    ordinals.every((ordinal) => samples[ordinal]?.subset !== 'train'),
  )
  if (absent.length > 0)
    findings.push({
      kind: 'class-not-in-train',
      severity: 'error',
      title: `${plural(absent.length, 'class is', 'classes are')} not in train`,
      detail: `A model can't learn ${listed(names(absent))}.`,
      groupCount: 0,
      members: all(absent),
    })
  const small = bySize.filter(([, ordinals]) => ordinals.length < fewSamples)
  if (small.length > 0)
    findings.push({
      kind: 'small-classes',
      severity: 'warning',
      title: `${plural(small.length, 'class has', 'classes have')} fewer than ${fewSamples} samples`,
      detail: `${listed(small.map(([name, ordinals]) => `${name} (${ordinals.length})`))}: too few to learn from, and to measure on.`,
      groupCount: 0,
      members: all(small),
    })
  const [smallest] = bySize
  const largest = bySize.at(-1)
  const factor = smallest && largest ? largest[1].length / smallest[1].length : 1
  if (smallest && largest && factor >= unevenFactor) {
    const median = bySize[Math.floor(bySize.length / 2)]?.[1].length ?? 0
    const rare = bySize.filter(
      ([, ordinals]) => ordinals === smallest[1] || ordinals.length * unevenFactor < median,
    )
    findings.push({
      kind: 'class-imbalance',
      severity: factor >= imbalanceFactor ? 'warning' : 'note',
      title: `The largest class is ${factor.toFixed(factor < 10 ? 1 : 0)} times the smallest`,
      detail: `"${largest[0]}" has ${plural(largest[1].length, 'sample')}, "${smallest[0]}" has ${smallest[1].length}: accuracy alone hides how the small classes fare.`,
      groupCount: 0,
      members: all(rare),
    })
  }
  const alike = new Map<string, typeof bySize>()
  for (const entry of bySize) {
    const key = folded(entry[0])
    alike.set(key, [...(alike.get(key) ?? []), entry])
  }
  const clusters = [...alike.values()].filter((cluster) => cluster.length > 1)
  if (clusters.length > 0)
    findings.push({
      kind: 'similar-class-names',
      severity: 'warning',
      title: `${plural(clusters.length, 'class is', 'classes are')} spelt in more than one way`,
      detail: clusters
        .slice(0, 5)
        .map((cluster) => listed(names(cluster)))
        .join('; '),
      groupCount: clusters.length,
      members: clusters.flatMap((cluster, group) => all(cluster).map((each) => ({ ...each, group }))),
    })
  return findings
}

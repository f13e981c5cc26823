import type {
  Distribution,
  FindingKind,
  LabelCount,
  QualityFacts,
  QualityRule,
  RuleResult,
} from '../../contract/index.ts'
import { listed, plural } from './findings/finding-draft.ts'
import { quantile } from './statistics.ts'

/** What rules are asked of: a checked version. */
export interface RuleEvidence {
  sampleCount: number
  /** Files that the import saw, and refused. */
  scanned: number
  refused: number
  labels: readonly LabelCount[]
  facts: QualityFacts
  /** Groups, or samples where there are no groups, by kind of finding. */
  found: ReadonlyMap<FindingKind, number>
}

interface Answer {
  words: string
  /** `''`: the rule holds. */
  problem: string
  finding?: FindingKind
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : (100 * part) / whole)
const percentText = (value: number): string => `${Number(value.toFixed(value < 1 ? 2 : 1))} %`

function spanText(values: Distribution): string {
  const [least, most] = [quantile(values, 0), quantile(values, 1)]
  return least === most ? String(least) : `${least} to ${most}`
}

function sizeAnswer(rule: Extract<QualityRule, { kind: 'sizes' }>, { width, height }: QualityFacts): Answer {
  const limits: string[] = []
  const problems: string[] = []
  const check = (name: string, values: Distribution, least: number | undefined, most: number | undefined) => {
    if (least === undefined && most === undefined) return
    const range =
      least === undefined
        ? `at most ${most}`
        : most === undefined
          ? `at least ${least}`
          : `${least} to ${most}`
    limits.push(`${name} ${range} px`)
    const outside = values.filter(
      ([value]) => (least !== undefined && value < least) || (most !== undefined && value > most),
    )
    const count = outside.reduce((sum, [, times]) => sum + times, 0)
    if (count > 0)
      problems.push(`${plural(count, 'picture has', 'pictures have')} a ${name} of ${spanText(outside)} px`)
  }
  check('width', width, rule.minWidth, rule.maxWidth)
  check('height', height, rule.minHeight, rule.maxHeight)
  return {
    words: limits.length === 0 ? 'Sizes: no limits are set' : `Pictures have a ${limits.join(' and a ')}`,
    problem:
      problems.length === 0
        ? ''
        : `${problems.join('; ')}. Resize them, or take them out, by a transformation.`,
  }
}

function classesAnswer(names: readonly string[], labels: readonly LabelCount[]): Answer {
  const present = labels.map(({ label }) => label).filter((label) => label !== '')
  const missing = names.filter((name) => !present.includes(name))
  const extra = present.filter((label) => !names.includes(label))
  const parts = [
    ...(missing.length > 0 ? [`${listed(missing)} ${missing.length === 1 ? 'is' : 'are'} missing`] : []),
    ...(extra.length > 0 ? [`${listed(extra)} ${extra.length === 1 ? 'is' : 'are'} not allowed`] : []),
  ]
  return {
    words: `The classes are exactly ${listed(names, 10)}`,
    problem: parts.length === 0 ? '' : `${parts.join('; ')}. Rename, merge or take out classes.`,
  }
}

function answer(rule: QualityRule, evidence: RuleEvidence): Answer {
  const { labels, facts, found } = evidence
  const count = (kind: FindingKind) => found.get(kind) ?? 0
  const classes = labels.filter(({ label }) => label !== '')
  switch (rule.kind) {
    case 'min-per-class': {
      const where = rule.subset === undefined ? '' : ` in ${rule.subset}`
      const of = ({ counts, total }: LabelCount) => (rule.subset === undefined ? total : counts[rule.subset])
      const small = classes.filter((label) => of(label) < rule.count)
      return {
        words: `Each class has at least ${plural(rule.count, 'sample')}${where}`,
        problem:
          small.length === 0
            ? ''
            : `${small
                .slice(0, 5)
                .map((label) => `"${label.label}" has ${of(label)}`)
                .join(
                  ', ',
                )}${small.length > 5 ? ` and ${small.length - 5} more have too few` : ''}. Add samples, balance, or take these classes out.`,
      }
    }
    case 'max-imbalance': {
      const sorted = [...classes].sort((a, b) => a.total - b.total)
      const [least, most] = [sorted[0], sorted.at(-1)]
      const factor = least && most ? most.total / least.total : 1
      return {
        words: `The largest class has at most ${rule.factor} times the samples of the smallest`,
        problem:
          factor <= rule.factor
            ? ''
            : `"${most?.label}" has ${Number(factor.toFixed(1))} times the samples of "${least?.label}". Balance the classes, or add samples.`,
        ...(count('class-imbalance') > 0 ? { finding: 'class-imbalance' as const } : {}),
      }
    }
    case 'no-leakage': {
      const [exact, near, groups] = [
        count('leakage'),
        rule.near ? count('near-leakage') : 0,
        count('group-leakage'),
      ]
      const parts = [
        ...(exact > 0 ? [plural(exact, 'picture lies in two subsets', 'pictures lie in two subsets')] : []),
        ...(near > 0 ? [`${plural(near, 'group')} of look-alikes in two subsets`] : []),
        ...(groups > 0 ? [plural(groups, 'group is split', 'groups are split')] : []),
      ]
      return {
        words: `No picture${rule.near ? ', and nothing that looks the same,' : ''} lies in two subsets`,
        problem: parts.length === 0 ? '' : `${parts.join('; ')}. Take the copies out of train.`,
        finding: exact > 0 || near + groups === 0 ? 'leakage' : near > 0 ? 'near-leakage' : 'group-leakage',
      }
    }
    case 'no-label-conflict': {
      const [exact, near] = [count('label-conflict'), rule.near ? count('near-label-conflict') : 0]
      return {
        words: `No picture${rule.near ? ', and nothing that looks the same,' : ''} has two labels`,
        problem:
          exact + near === 0
            ? ''
            : `${plural(exact + near, 'picture has', 'pictures have')} two labels. Correct them or take them out.`,
        finding: exact > 0 || near === 0 ? 'label-conflict' : 'near-label-conflict',
      }
    }
    case 'max-near-duplicates': {
      const repeated = share(facts.nearlyRepeated, evidence.sampleCount)
      return {
        words: `At most ${percentText(rule.percent)} of the samples repeat another, exactly or nearly`,
        problem:
          repeated <= rule.percent
            ? ''
            : `${percentText(repeated)} do (${facts.nearlyRepeated}). Deduplicate.`,
        finding: count('near-duplicates') > 0 ? 'near-duplicates' : 'exact-duplicates',
      }
    }
    case 'max-refused': {
      const refused = share(evidence.refused, evidence.scanned)
      return {
        words: `At most ${percentText(rule.percent)} of the files are refused`,
        problem:
          refused <= rule.percent
            ? ''
            : `${percentText(refused)} were (${evidence.refused} of ${evidence.scanned}). Mend them and import again.`,
        finding: 'refused',
      }
    }
    case 'sizes':
      return sizeAnswer(rule, facts)
    case 'classes':
      return classesAnswer(rule.names, labels)
    case 'no-unlabelled': {
      const without = labels.find(({ label }) => label === '')?.total ?? 0
      return {
        words: 'Each sample has a class',
        problem:
          without === 0
            ? ''
            : `${plural(without, 'sample has', 'samples have')} none. Label them or take them out.`,
        finding: 'unlabelled',
      }
    }
    case 'characters': {
      const allowed = new Set(rule.allowed)
      const others = facts.characters.filter(([character]) => !allowed.has(character))
      return {
        words: `Texts hold only these characters: ${rule.allowed}`,
        problem:
          others.length === 0
            ? ''
            : `There ${others.length === 1 ? 'is' : 'are'} ${others
                .slice(0, 10)
                .map(([character, times]) => `"${character}" (${times} times)`)
                .join(
                  ', ',
                )}${others.length > 10 ? ` and ${others.length - 10} more` : ''}. Correct the texts, or allow them.`,
      }
    }
    case 'no-empty-text':
      return {
        words: 'Each sample has a text',
        problem:
          count('empty-text') === 0
            ? ''
            : `${plural(count('empty-text'), 'sample has', 'samples have')} none. Transcribe them or take them out.`,
        finding: 'empty-text',
      }
  }
}

/** Asks each rule of a checked version. */
export function checkRules(rules: readonly QualityRule[], evidence: RuleEvidence): RuleResult[] {
  return rules.map((rule) => {
    const { words, problem, finding } = answer(rule, evidence)
    const shown = finding !== undefined && evidence.found.has(finding) ? finding : null
    return { rule, holds: problem === '', words, problem, finding: problem === '' ? null : shown }
  })
}

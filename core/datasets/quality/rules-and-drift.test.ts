import { describe, expect, it } from 'vitest'
import { type QualityFacts, type QualityRuleInput, qualityRules } from '../../contract/index.ts'
import { driftBetween } from './drift.ts'
import { checkRules, type RuleEvidence } from './rules.ts'
import { distributionOf } from './statistics.ts'

const facts = (change: Partial<QualityFacts> = {}): QualityFacts => ({
  classes: [
    ['a', 50],
    ['b', 50],
  ],
  width: [[100, 100]],
  height: [[100, 100]],
  side: [[100, 100]],
  aspect: [[1, 100]],
  brightness: distributionOf(Array.from({ length: 100 }, (_, n) => 100 + n)),
  contrast: distributionOf(Array.from({ length: 100 }, (_, n) => 30 + (n % 20))),
  textLength: [],
  characters: [],
  colourModes: { colour: 100 },
  mediaTypes: { 'image/png': 100 },
  repeated: 0,
  nearlyRepeated: 0,
  ...change,
})

const count = (label: string, train: number, test: number) => ({
  label,
  counts: { train, validation: 0, test },
  total: train + test,
})

const evidence = (change: Partial<RuleEvidence> = {}): RuleEvidence => ({
  sampleCount: 100,
  scanned: 100,
  refused: 0,
  labels: [count('a', 40, 10), count('b', 40, 10)],
  facts: facts(),
  found: new Map(),
  ...change,
})

const all: QualityRuleInput[] = [
  { kind: 'min-per-class', count: 50 },
  { kind: 'min-per-class', count: 10, subset: 'test' },
  { kind: 'max-imbalance', factor: 2 },
  { kind: 'no-leakage', near: true },
  { kind: 'no-label-conflict' },
  { kind: 'max-near-duplicates', percent: 1 },
  { kind: 'max-refused', percent: 0 },
  { kind: 'sizes', minWidth: 50, maxHeight: 100 },
  { kind: 'classes', names: ['b', 'a'] },
  { kind: 'no-unlabelled' },
  { kind: 'characters', allowed: 'abc ' },
  { kind: 'no-empty-text' },
]
const rules = qualityRules.parse(all)

describe('rules', () => {
  it('all hold for a set that keeps them', () => {
    for (const { words, problem, holds } of checkRules(rules, evidence())) {
      expect(problem, words).toBe('')
      expect(holds).toBe(true)
    }
  })

  it('each say what breaks them, and what to do', () => {
    const broken = checkRules(
      rules,
      evidence({
        refused: 1,
        labels: [count('a', 40, 9), count('c', 10, 0), count('', 1, 0)],
        facts: facts({
          width: [
            [20, 1],
            [100, 99],
          ],
          height: [[120, 100]],
          nearlyRepeated: 3,
          characters: [
            ['a', 9],
            ['é', 2],
          ],
        }),
        found: new Map([
          ['near-leakage', 2],
          ['label-conflict', 1],
          ['near-duplicates', 3],
          ['empty-text', 4],
          ['unlabelled', 1],
        ]),
      }),
    )
    expect(broken.map(({ holds }) => holds)).toEqual(rules.map(() => false))
    expect(broken.map(({ problem }) => problem)).toEqual([
      '"a" has 49, "c" has 10. Add samples, balance, or take these classes out.',
      '"a" has 9, "c" has 0. Add samples, balance, or take these classes out.',
      '"a" has 4.9 times the samples of "c". Balance the classes, or add samples.',
      '2 groups of look-alikes in two subsets. Take the copies out of train.',
      '1 picture has two labels. Correct them or take them out.',
      '3 % do (3). Deduplicate.',
      '1 % were (1 of 100). Mend them and import again.',
      '1 picture has a width of 20 px; 100 pictures have a height of 120 px. Resize them, or take them out, by a transformation.',
      '"b" is missing; "c" is not allowed. Rename, merge or take out classes.',
      '1 sample has none. Label them or take them out.',
      'There is "é" (2 times). Correct the texts, or allow them.',
      '4 samples have none. Transcribe them or take them out.',
    ])
    expect(broken.map(({ finding }) => finding)).toContain('near-leakage')
  })
})

describe('drift between two versions', () => {
  it('is none between equal ones', () => {
    const drift = driftBetween(facts(), facts())
    expect(drift.measures.every(({ verdict }) => verdict === 'same')).toBe(true)
    expect([...drift.newClasses, ...drift.lostClasses]).toEqual([])
  })

  it('names new and lost classes, shares that moved, and pictures that became darker', () => {
    const from = facts({
      classes: [
        ['a', 500],
        ['b', 500],
      ],
    })
    const to = facts({
      classes: [
        ['a', 900],
        ['c', 100],
      ],
      brightness: distributionOf(Array.from({ length: 100 }, (_, n) => n)),
    })
    const drift = driftBetween(from, to)
    expect(drift).toMatchObject({ newClasses: ['c'], lostClasses: ['b'] })
    expect(drift.shares[0]).toEqual({ label: 'b', from: 0.5, to: 0 })
    const of = (name: string) => drift.measures.find((measure) => measure.name === name)
    expect(of('classes')).toMatchObject({ verdict: 'much' })
    expect(of('brightness')).toMatchObject({
      verdict: 'much',
      distance: 1,
      words: 'The median went from 149 to 49.',
    })
    expect(of('contrast')).toMatchObject({ verdict: 'same' })
  })

  it('does not take chance for drift in a small set', () => {
    const few = facts({
      classes: [
        ['a', 4],
        ['b', 6],
      ],
    })
    const others = facts({
      classes: [
        ['a', 6],
        ['b', 4],
      ],
    })
    expect(driftBetween(few, others).measures[0]).toMatchObject({ name: 'classes', verdict: 'same' })
  })

  it('compares the characters of texts', () => {
    const texts = (characters: [string, number][]) => facts({ characters, textLength: [[10, 5]] })
    const drift = driftBetween(
      texts([
        ['a', 5],
        ['ſ', 3],
      ]),
      texts([
        ['a', 5],
        ['s', 3],
      ]),
    )
    expect(drift).toMatchObject({ newCharacters: ['s'], lostCharacters: ['ſ'] })
  })
})

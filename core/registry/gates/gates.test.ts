import { describe, expect, it } from 'vitest'
import { GlyphlabError, gateKind, gateResult, type RuleResult } from '../../contract/index.ts'
import type { GateEvidence, PairedAnswers } from './gate-check.ts'
import { gateChecks, prepareGate } from './index.ts'

const repeated = (label: string, count: number): string[] => Array.from({ length: count }, () => label)

/** 40 pictures of `a`, 10 of `b`: the champion has all of `a` and half of `b`, the candidate as asked. */
const pair = (candidate: string[]): PairedAnswers => ({
  things: 'pictures',
  set: 'Signs v1, test',
  actual: [...repeated('a', 40), ...repeated('b', 10)],
  groups: repeated('one', 50),
  candidate,
  champion: [...repeated('a', 40), ...repeated('b', 5), ...repeated('a', 5)],
  seen: 0,
})

const allRight = [...repeated('a', 40), ...repeated('b', 10)]
const noB = repeated('a', 50)
const held: RuleResult = {
  rule: { kind: 'no-unlabelled', blocking: false },
  holds: true,
  words: 'Each picture has a class',
  problem: '',
  finding: null,
}

const evidence = (given: Partial<GateEvidence> = {}): GateEvidence => ({
  candidate: { version: 2, metrics: { test_accuracy: 0.9, test_loss: 0.3 }, bytes: 2_000_000 },
  champion: { version: 1, metrics: { test_accuracy: 0.8 }, bytes: 1_000_000 },
  answers: async () => pair(allRight),
  latency: async () => ({ medianMs: 12, engine: 'onnxruntime' }),
  dataRules: async () => ({ dataset: 'Signs v1', rules: [held] }),
  ...given,
})

const judge = (gate: string, options: Record<string, string | number>, given?: Partial<GateEvidence>) =>
  prepareGate({ gate, options }).check(evidence(given))

describe.each(gateChecks.map((gate) => [gate.id, gate] as const))('the gate %s', (id, gate) => {
  it('describes itself and each of its options, whose defaults it takes', () => {
    const { prepare: _, ...kind } = gate
    expect(gateKind.parse(kind)).toEqual(kind)
    expect(gate.prepare({}).options).toEqual(
      Object.fromEntries(gate.fields.map((field) => [field.key, field.default])),
    )
    for (const { choices, default: own } of gate.fields) if (choices) expect(choices).toContain(own)
  })

  it('names an option that it does not take', () => {
    for (const { key, kind } of gate.fields)
      if (kind !== 'text' && kind !== 'dataset')
        expect(() => gate.prepare({ [key]: 'much' })).toThrow(new RegExp(`${gate.title}: ${key}`))
  })

  it('says what it found, with figures that are numbers', async () => {
    const prepared = gate.prepare({})
    const outcome = await prepared.check(evidence())
    expect(
      gateResult.parse({ rule: { gate: id, options: {} }, words: prepared.words, ...outcome }),
    ).toBeTruthy()
    expect(outcome.message).toMatch(/\.$/)
    expect(Object.values(outcome.figures).every(Number.isFinite)).toBe(true)
  })

  it('passes on why what it asks for can not be had', async () => {
    const refuse = async () => {
      throw new GlyphlabError('CONFLICT', 'It can not be had.')
    }
    const outcome = gate.prepare({}).check(evidence({ answers: refuse, latency: refuse, dataRules: refuse }))
    if (id === 'metric-threshold' || id === 'size-limit') await expect(outcome).resolves.toBeTruthy()
    else await expect(outcome).rejects.toThrow('It can not be had.')
  })
})

describe('what gates let through', () => {
  it('a metric on the right side of its bound only, and never NaN', async () => {
    expect(await judge('metric-threshold', { value: 0.9 })).toMatchObject({ passed: true })
    expect(await judge('metric-threshold', { value: 0.91 })).toMatchObject({ passed: false })
    const loss = { metric: 'test_loss', bound: 'at most' }
    expect(await judge('metric-threshold', { ...loss, value: 0.3 })).toMatchObject({ passed: true })
    const nothing = { version: 2, metrics: { test_loss: Number.NaN }, bytes: 1 }
    expect(await judge('metric-threshold', { ...loss, value: 9 }, { candidate: nothing })).toMatchObject({
      passed: false,
      message: 'It is NaN.',
    })
    await expect(judge('metric-threshold', { metric: 'f1' })).rejects.toThrow(
      'The version has no metric f1. It has test_accuracy, test_loss.',
    )
  })

  it('a version that is surely better, not one that is the same or may be worse', async () => {
    const better = await judge('better-than-champion', {})
    expect(better).toMatchObject({ passed: true, figures: { accuracy: 1, championAccuracy: 0.9 } })
    expect(better.figures['low']).toBeGreaterThan(0)
    const same = { answers: async () => pair([...(pair(noB).champion ?? [])]) }
    expect(await judge('better-than-champion', {}, same)).toMatchObject({
      passed: false,
      figures: { difference: 0, low: 0, high: 0 },
    })
    expect(await judge('better-than-champion', { above: -0.02 }, same)).toMatchObject({ passed: true })
    const oneMore = {
      answers: async () => pair([...repeated('a', 40), ...repeated('b', 6), ...repeated('a', 4)]),
    }
    expect(await judge('better-than-champion', {}, oneMore)).toMatchObject({ passed: false })
    expect(await judge('better-than-champion', {}, { champion: null })).toMatchObject({ passed: true })
  })

  it('no class that is always wrong behind a good average', async () => {
    const bad = await judge('no-bad-slice', {}, { answers: async () => pair(noB) })
    expect(bad).toMatchObject({ passed: false, figures: { worst: 0, bad: 1 } })
    expect(bad.message).toBe('b: 0.0 % (before 50.0 %) of 10.')
    expect(
      await judge('no-bad-slice', { least: 0, drop: 0.6 }, { answers: async () => pair(noB) }),
    ).toMatchObject({ passed: true })
    await expect(judge('no-bad-slice', { samples: 100 })).rejects.toThrow('100 pictures or more')
  })

  it('nothing that is too slow, too large, or made of data that nobody validated', async () => {
    expect(await judge('latency-limit', { milliseconds: 11 })).toMatchObject({ passed: false })
    expect(await judge('size-limit', { megabytes: 1.9 })).toMatchObject({ passed: false })
    expect(await judge('data-rules', { rules: 'blocking' })).toMatchObject({ passed: false })
    const broken = { ...held, holds: false, problem: '3 have none.' }
    expect(
      await judge('data-rules', {}, { dataRules: async () => ({ dataset: 'Signs v1', rules: [broken] }) }),
    ).toMatchObject({ passed: false, message: 'Signs v1 breaks "Each picture has a class" (3 have none).' })
  })

  it('a gate that does not exist is named', () => {
    expect(() => prepareGate({ gate: 'vibes', options: {} })).toThrow('There is no gate "vibes"')
  })
})

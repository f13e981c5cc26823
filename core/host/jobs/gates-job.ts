import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import {
  type GateResult,
  type GateRule,
  GlyphlabError,
  type ModelVersion,
  type Subset,
  type VersionComparison,
} from '../../contract/index.ts'
import { bootstrapInterval } from '../../evaluation/bootstrap.ts'
import type { JobHandler } from '../../jobs/job-queue.ts'
import { prepareGate } from '../../registry/gates/index.ts'
import type { StoredFlip } from '../../store/alias-store.ts'
import { type AnsweredSet, HostEvidence } from '../gate-evidence.ts'
import type { Services } from '../services.ts'

const gatesJobInput = z.object({ model: z.string(), alias: z.string(), version: z.number().int() })
const mostDrawn = 20_000_000

/** What ends the check as a whole; anything else is a gate that did not pass. */
const endsAll = (cause: unknown): boolean =>
  !(cause instanceof GlyphlabError) || ['CANCELLED', 'DAMAGED', 'DISK_FULL'].includes(cause.code)

async function judge(rule: GateRule, evidence: HostEvidence): Promise<GateResult> {
  const prepared = prepareGate(rule)
  const shared = { rule: { gate: rule.gate, options: prepared.options }, words: prepared.words }
  try {
    return { ...shared, ...(await prepared.check(evidence)) }
  } catch (cause) {
    if (endsAll(cause)) throw cause
    const { message } = cause as GlyphlabError
    return { ...shared, passed: false, message: `It could not be checked. ${message}`, figures: {} }
  }
}

/** The set that the rules ask about first, or the candidate's own test subset. */
function comparedSet(rules: readonly GateRule[]): { dataset: string; subset: Subset } {
  for (const { options } of rules.map(prepareGate)) {
    const { dataset, subset } = options
    if (typeof dataset === 'string' && typeof subset === 'string')
      return { dataset, subset: subset as Subset }
  }
  return { dataset: '', subset: 'test' }
}

interface Compared {
  comparison: VersionComparison
  flips: StoredFlip[]
}

const flipOrder = { broken: 0, fixed: 1, otherwise: 2 }

function compare({ set, candidate, champion, seen }: AnsweredSet): Compared | null {
  if (!champion) return null
  const flips: StoredFlip[] = []
  const differences = new Int8Array(set.actual.length)
  let right = 0
  let championRight = 0
  for (const [at, actual] of set.actual.entries()) {
    const [own, its] = [candidate.labels[at] ?? '', champion.labels[at] ?? '']
    if (own === actual) right += 1
    if (its === actual) championRight += 1
    differences[at] = Number(own === actual) - Number(its === actual)
    if (own === its) continue
    flips.push({
      ordinal: set.ordinals[at] ?? 0,
      kind: own === actual ? 'fixed' : its === actual ? 'broken' : 'otherwise',
      champion: { label: its, confidence: champion.confidences[at] ?? 0 },
      candidate: { label: own, confidence: candidate.confidences[at] ?? 0 },
    })
  }
  // What got worse stands first, the surest first.
  flips.sort(
    (a, b) => flipOrder[a.kind] - flipOrder[b.kind] || b.candidate.confidence - a.candidate.confidence,
  )
  const count = set.actual.length
  const draws = Math.max(200, Math.min(2_000, Math.floor(mostDrawn / count)))
  const mean = (drawn: Uint32Array) =>
    drawn.reduce((sum, at) => sum + (differences[at] ?? 0), 0) / drawn.length
  const countOf = (kind: StoredFlip['kind']) => flips.filter((flip) => flip.kind === kind).length
  return {
    flips,
    comparison: {
      datasetVersionId: set.datasetVersionId,
      datasetLabel: set.datasetLabel,
      subset: set.subset,
      sampleCount: count,
      table: set.table,
      championAccuracy: championRight / count,
      accuracy: right / count,
      interval: bootstrapInterval(count, mean, { draws, seed: 1 }),
      fixed: countOf('fixed'),
      broken: countOf('broken'),
      otherwise: countOf('otherwise'),
      seen,
    },
  }
}

async function compareVersions(
  evidence: HostEvidence,
  rules: readonly GateRule[],
): Promise<Compared | { problem: string }> {
  if (evidence.champion === null) return { problem: 'No version has the alias yet.' }
  const { dataset, subset } = comparedSet(rules)
  try {
    return compare(await evidence.answered(dataset, subset)) ?? { problem: 'No version has the alias yet.' }
  } catch (cause) {
    if (endsAll(cause)) throw cause
    return { problem: (cause as GlyphlabError).message }
  }
}

function championOf({ aliases, models }: Services, model: string, alias: string): ModelVersion | null {
  const number = aliases.target(model, alias)
  if (number === null) return null
  const found = models.versions(model).find(({ version }) => version === number)
  if (found) return found
  throw new GlyphlabError(
    'UNSUPPORTED',
    `${model}@${alias} is at version ${number}, which an MLflow client registered: Glyphlab can't run it, so that nothing can be compared with it. Override with a reason.`,
  )
}

/** Judges each gate of an alias for a version, and keeps where it differs from the version that has the alias. */
export function gatesJob(services: () => Services): JobHandler {
  return {
    kind: 'model-gates',
    atOnce: 1,
    async run({ job, input, signal, progress, log }) {
      const { home, models, aliases, events } = services()
      const { model, alias, version } = gatesJobInput.parse(input)
      const candidate = models.version(model, version)
      const champion = championOf(services(), model, alias)
      const rules = aliases.rules(model, alias)
      const work = path.join(home, 'work', job.id)
      await mkdir(work, { recursive: true })
      try {
        const steps = rules.length + 1
        let step = 0
        const evidence = new HostEvidence(
          services(),
          { candidate, champion },
          {
            work,
            signal,
            log,
            progress: (told) => progress({ ...told, value: (step + told.value) / steps, remainingMs: null }),
          },
        )
        const results: GateResult[] = []
        for (const rule of rules) {
          results.push(await judge(rule, evidence))
          step += 1
        }
        const compared = await compareVersions(evidence, rules)
        aliases.saveCheck(model, alias, version, {
          champion: champion?.version ?? null,
          rules,
          results,
          comparison: 'comparison' in compared ? compared.comparison : null,
          problem: 'problem' in compared ? compared.problem : null,
          flips: 'flips' in compared ? compared.flips : [],
        })
        events.emit({ type: 'model.changed', model })
        return { model, alias, version, passed: results.every(({ passed }) => passed) }
      } finally {
        await rm(work, { recursive: true, force: true })
      }
    },
  }
}

import { type GateKind, type GateRule, GlyphlabError } from '../../contract/index.ts'
import { betterThanChampion } from './better-than-champion.ts'
import { dataRules } from './data-rules.ts'
import type { GateCheck, PreparedGate } from './gate-check.ts'
import { latencyLimit } from './latency-limit.ts'
import { metricThreshold } from './metric-threshold.ts'
import { noBadSlice } from './no-bad-slice.ts'
import { sizeLimit } from './size-limit.ts'

export const gateChecks: readonly GateCheck[] = [
  metricThreshold,
  betterThanChampion,
  noBadSlice,
  latencyLimit,
  sizeLimit,
  dataRules,
]

const byId = new Map(gateChecks.map((gate) => [gate.id, gate]))
if (byId.size !== gateChecks.length) throw new Error('Two gates have the same id.')

export const gateKinds = (): GateKind[] =>
  gateChecks.map(({ id, title, description, fields }) => ({ id, title, description, fields }))

/** @throws GlyphlabError INVALID_INPUT for a gate that does not exist, or naming the option that is wrong */
export function prepareGate({ gate: id, options }: GateRule): PreparedGate {
  const gate = byId.get(id)
  if (gate) return gate.prepare(options)
  throw new GlyphlabError(
    'INVALID_INPUT',
    `There is no gate "${id}". There are ${gateChecks.map((known) => known.id).join(', ')}.`,
  )
}

import {
  type FindingKind,
  type FindingMember,
  GlyphlabError,
  type QualityFacts,
  type Remedy,
  type RuleResult,
  type VersionQuality,
} from '../contract/index.ts'
import { isMendable, remediesFor } from '../datasets/quality/remedies.ts'
import { checkRules } from '../datasets/quality/rules.ts'
import type { StoredFinding } from '../store/quality-store.ts'
import { qualityJobsOf } from './jobs/quality-job.ts'
import type { Services } from './services.ts'
import { versionTitle } from './version-samples.ts'

const exampleCount = 8
const mostConcerned = 1_000_000

type QualityServices = Pick<Services, 'datasets' | 'quality'>

function rulesOf(
  { datasets, quality }: QualityServices,
  versionId: string,
  facts: QualityFacts,
  findings: readonly StoredFinding[],
): RuleResult[] {
  const { datasetId, sampleCount, labels, report } = datasets.version(versionId)
  return checkRules(quality.rules(datasetId), {
    sampleCount,
    scanned: report.scanned,
    refused: report.refused.length,
    labels,
    facts,
    found: new Map(
      findings.map(({ kind, groupCount, sampleCount: samples }) => [kind, groupCount || samples]),
    ),
  })
}

/** All that is known of a version's quality; a few queries, whatever the version's size. */
export function versionQuality(services: Services, versionId: string): VersionQuality {
  const { datasets, quality } = services
  const { checkedAt, facts, labelErrorsAt } = quality.check(versionId)
  const findings = quality.findings(versionId)
  const shown = findings.map(({ id }) => quality.members(id, 0, exampleCount).map(({ ordinal }) => ordinal))
  const samples = datasets.samplesAt(versionId, shown.flat())
  return {
    versionId,
    checkedAt,
    findings: findings.map(({ id: _, ...finding }, index) => ({
      ...finding,
      examples: (shown[index] ?? []).flatMap((ordinal) => samples.get(ordinal) ?? []),
      mendable: isMendable(finding.kind),
    })),
    facts,
    rules: facts ? rulesOf(services, versionId, facts, findings) : [],
    labelErrorsAt,
    jobs: qualityJobsOf(services, versionId).map(({ id }) => id),
  }
}

/** @throws GlyphlabError NOT_FOUND where the last check did not find this */
function findingOf(
  { datasets, quality }: QualityServices,
  versionId: string,
  kind: FindingKind,
): StoredFinding {
  const found = quality.findings(versionId).find((finding) => finding.kind === kind)
  if (found) return found
  throw new GlyphlabError(
    'NOT_FOUND',
    `The last check of ${versionTitle({ datasets }, versionId)} found no "${kind}". Check it again, or look at what it found.`,
  )
}

export function findingMembers(
  services: QualityServices,
  versionId: string,
  kind: FindingKind,
  offset: number,
  limit: number,
): { total: number; items: FindingMember[] } {
  const { id, sampleCount } = findingOf(services, versionId, kind)
  const members = services.quality.members(id, offset, limit)
  const samples = services.datasets.samplesAt(
    versionId,
    members.map(({ ordinal }) => ordinal),
  )
  return {
    total: sampleCount,
    items: members.flatMap(({ ordinal, ...rest }) => {
      const sample = samples.get(ordinal)
      return sample ? [{ sample, ...rest }] : []
    }),
  }
}

export function findingRemedies(services: QualityServices, versionId: string, kind: FindingKind): Remedy[] {
  const { id } = findingOf(services, versionId, kind)
  const members = services.quality.members(id, 0, mostConcerned)
  const samples = services.datasets.samplesAt(
    versionId,
    members.map(({ ordinal }) => ordinal),
  )
  return remediesFor(
    kind,
    members.flatMap(({ ordinal, group, suggestion }) => {
      const sample = samples.get(ordinal)
      return sample ? [{ ...sample, group, suggestion }] : []
    }),
  )
}

/** @throws GlyphlabError CONFLICT where the version has not been checked */
export function checkedFacts({ datasets, quality }: QualityServices, versionId: string): QualityFacts {
  const { facts } = quality.check(versionId)
  if (facts) return facts
  const title = versionTitle({ datasets }, versionId)
  throw new GlyphlabError(
    'CONFLICT',
    `${title} has not been checked yet. Check its quality first: glyphlab datasets quality ${title.replace(/ v(\d+)$/, '@$1')}`,
  )
}

/** @throws GlyphlabError CONFLICT naming each blocking rule that the version breaks, or that it was not checked against them */
export function requireBlockingRules(services: QualityServices, versionId: string): void {
  const { datasetId } = services.datasets.brief(versionId)
  if (!services.quality.rules(datasetId).some(({ blocking }) => blocking)) return
  const facts = checkedFacts(services, versionId)
  const broken = rulesOf(services, versionId, facts, services.quality.findings(versionId)).filter(
    ({ rule, holds }) => rule.blocking && !holds,
  )
  if (broken.length === 0) return
  throw new GlyphlabError(
    'CONFLICT',
    `${versionTitle(services, versionId)} breaks ${broken.length === 1 ? 'a rule' : `${broken.length} rules`} that training waits for. ${broken
      .map(({ words, problem }) => `${words}: ${problem}`)
      .join(' ')}`,
    { rules: broken.map(({ rule }) => rule.kind) },
  )
}

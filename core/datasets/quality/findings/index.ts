import type { FindingSeverity } from '../../../contract/index.ts'
import type { FindingDraft } from '../../../domain/finding-draft.ts'
import { boxFindings } from './boxes.ts'
import { classFindings } from './classes.ts'
import { duplicateFindings, groupFindings } from './duplicates.ts'
import type { Evidence } from './finding-draft.ts'
import { pictureFindings } from './pictures.ts'
import { textFindings } from './texts.ts'

const rank: Record<FindingSeverity, number> = { error: 0, warning: 1, note: 2 }

export const bySeverity = (findings: readonly FindingDraft[]): FindingDraft[] =>
  findings.toSorted((a, b) => rank[a.severity] - rank[b.severity])

/** All that the checks find, worst first. */
export function findProblems(evidence: Evidence): FindingDraft[] {
  return bySeverity([
    ...duplicateFindings(evidence),
    ...groupFindings(evidence),
    ...classFindings(evidence),
    ...pictureFindings(evidence),
    ...textFindings(evidence),
    ...boxFindings(evidence),
  ])
}

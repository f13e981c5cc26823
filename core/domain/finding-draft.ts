import type { FindingKind, FindingSeverity } from '../contract/index.ts'

export interface DraftMember {
  ordinal: number
  group: number | null
  reason: string
  suggestion: string | null
}

/** A finding as a check makes it. */
export interface FindingDraft {
  kind: FindingKind
  severity: FindingSeverity
  title: string
  detail: string
  groupCount: number
  /** In the order to be shown: groups together, worst first. */
  members: DraftMember[]
}

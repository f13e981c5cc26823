import type { OptionField, Study, Trial } from '../../../../../core/contract/index.ts'

export const studyStatusWords: Record<Study['status'], string> = {
  running: 'Running',
  paused: 'Paused',
  finished: 'Finished',
  cancelled: 'Cancelled',
  interrupted: 'Interrupted',
  failed: 'Failed',
}

export const trialStatusWords: Record<Trial['status'], string> = {
  running: 'Running',
  complete: 'Complete',
  pruned: 'Given up',
  failed: 'Failed',
}

export const endedTrials = ({ counts }: Study): number => counts.complete + counts.pruned + counts.failed

/** An option's title; its key where no preset has it. */
export const optionTitle = (fields: readonly OptionField[], key: string): string =>
  key === 'preset' ? 'Preset' : (fields.find((field) => field.key === key)?.title ?? key)

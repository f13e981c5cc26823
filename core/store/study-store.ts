import {
  GlyphlabError,
  type SearchSpace,
  type Study,
  type TrainingChoices,
  type Trial,
  type TrialStatus,
  type TuningDirection,
} from '../contract/index.ts'
import type { Store } from './sqlite.ts'

/** All that the trials of a study follow from; kept as it was asked for. */
export interface StudyPlan {
  datasetVersionId: string
  datasetLabel: string
  split: string | undefined
  preset: string
  /** What all trials have in common, as chosen. */
  options: TrainingChoices
  backend: string
  experiment: string
  /** Where it was started from. */
  folder?: string | undefined
  space: SearchSpace
  sampler: string
  pruner: string
  objective: string
  direction: TuningDirection
  trials: number
  parallel: number
  seed: number
}

/** A study without what its job and its trials say. */
export interface StudyRecord {
  id: string
  name: string
  jobId: string
  runId: string
  plan: StudyPlan
  paused: boolean
  createdAt: number
}

interface StudyRow {
  id: string
  name: string
  job_id: string
  run_uid: string
  plan: string
  paused: number
  created_at: number
}

interface TrialRow {
  number: number
  parameters: string
  run_uid: string
  status: TrialStatus
  value: number | null
  epochs: number
}

const toRecord = (row: StudyRow): StudyRecord => ({
  id: row.id,
  name: row.name,
  jobId: row.job_id,
  runId: row.run_uid,
  plan: JSON.parse(row.plan) as StudyPlan,
  paused: row.paused === 1,
  createdAt: row.created_at,
})

const toTrial = (row: TrialRow): Trial => ({
  number: row.number,
  parameters: JSON.parse(row.parameters) as Trial['parameters'],
  status: row.status,
  value: row.value,
  epochs: row.epochs,
  runId: row.run_uid,
})

/** What of the trials a study's summary says. */
export function summaryOf(
  trials: readonly Trial[],
  direction: TuningDirection,
): Pick<Study, 'counts' | 'best'> {
  const counts = { running: 0, complete: 0, pruned: 0, failed: 0 }
  let best: Trial | null = null
  const sign = direction === 'minimize' ? 1 : -1
  for (const trial of trials) {
    counts[trial.status]++
    // A trial that was given up may have been better than any other before it went astray: its weights were kept.
    if (trial.status === 'failed' || trial.value === null) continue
    if (best?.value == null || sign * trial.value < sign * best.value) best = trial
  }
  return { counts, best }
}

export class StudyStore {
  private readonly store: Store

  constructor(store: Store) {
    this.store = store
  }

  create(study: Omit<StudyRecord, 'paused'>): void {
    this.store
      .prepare('INSERT INTO study (id, name, job_id, run_uid, plan, created_at) VALUES (?, ?, ?, ?, ?, ?)')
      .run(study.id, study.name, study.jobId, study.runId, JSON.stringify(study.plan), study.createdAt)
  }

  /** @throws GlyphlabError NOT_FOUND */
  get(id: string): StudyRecord {
    const row = this.store.prepare<[string], StudyRow>('SELECT * FROM study WHERE id = ?').get(id)
    if (!row) throw new GlyphlabError('NOT_FOUND', `There is no study ${id}.`)
    return toRecord(row)
  }

  /** Newest first. */
  list(): StudyRecord[] {
    return this.store
      .prepare<[], StudyRow>('SELECT * FROM study ORDER BY created_at DESC, rowid DESC')
      .all()
      .map(toRecord)
  }

  setPaused(id: string, paused: boolean): void {
    this.store.prepare('UPDATE study SET paused = ? WHERE id = ?').run(paused ? 1 : 0, id)
  }

  setTrials(id: string, trials: number): void {
    this.store.prepare("UPDATE study SET plan = json_set(plan, '$.trials', ?) WHERE id = ?").run(trials, id)
  }

  /** By number. */
  trials(id: string): Trial[] {
    return this.store
      .prepare<[string], TrialRow>('SELECT * FROM trial WHERE study_id = ? ORDER BY number')
      .all(id)
      .map(toTrial)
  }

  addTrial(id: string, trial: Pick<Trial, 'number' | 'parameters' | 'runId'>): void {
    this.store
      .prepare(
        "INSERT INTO trial (study_id, number, parameters, run_uid, status) VALUES (?, ?, ?, ?, 'running')",
      )
      .run(id, trial.number, JSON.stringify(trial.parameters), trial.runId)
  }

  updateTrial(id: string, number: number, state: Pick<Trial, 'status' | 'value' | 'epochs'>): void {
    this.store
      .prepare('UPDATE trial SET status = ?, value = ?, epochs = ? WHERE study_id = ? AND number = ?')
      .run(state.status, state.value, state.epochs, id, number)
  }
}

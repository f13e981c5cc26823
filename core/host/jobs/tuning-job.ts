import { z } from 'zod'
import { backendId, GlyphlabError, type Job, type Trial, trainingChoices } from '../../contract/index.ts'
import { parentTag } from '../../domain/run-tags.ts'
import type { JobContext, JobHandler } from '../../jobs/job-queue.ts'
import type { StudyRecord } from '../../store/study-store.ts'
import { type Course, cost } from '../../tuning/trial.ts'
import { beginTraining } from '../begin-training.ts'
import type { Services } from '../services.ts'
import { prunerOf, samplerOf } from '../studies.ts'
import { requireTrainable } from '../trainable.ts'

const jobInput = z.object({ studyId: z.string() })

/** Tags of a trial's run. */
export const trialTags = { study: 'tuning.study', number: 'tuning.trial', pruned: 'tuning.pruned' } as const

/** Starts the trials of a study, follows their objectives, gives up what the pruner says, and ends with the best. */
export function tuningJob(services: () => Services): JobHandler {
  return {
    kind: 'tuning',
    // Studies wait for one another: two would only take the cores from each other.
    atOnce: 1,
    async run(context) {
      const { studyId } = jobInput.parse(context.input)
      const search = new Search(services(), studyId, context)
      return search.run()
    },
    onUnfinished({ runId }) {
      if (runId === null) return
      services().runs.end(runId, 'KILLED')
      services().events.emit({ type: 'run.changed', runId })
    },
  }
}

class Search {
  readonly #services: Services
  readonly #study: StudyRecord
  readonly #context: JobContext
  /** By number; the courses of trials that ended are kept for the pruner. */
  readonly #courses = new Map<number, { step: number; value: number }[]>()
  readonly #prunedNow = new Set<number>()
  readonly #started = performance.now()
  #endedHere = 0

  constructor(services: Services, studyId: string, context: JobContext) {
    this.#services = services
    this.#study = services.studies.get(studyId)
    this.#context = context
  }

  async run(): Promise<Record<string, unknown>> {
    const { runs, studies, events } = this.#services
    const { id, runId, plan } = this.#study
    studies.setPaused(id, false)
    if (runs.get(runId).startTime === null) runs.start(runId)
    else runs.resume(runId)
    runs.setTags(runId, { [trialTags.study]: id })
    runs.setParams(runId, {
      sampler: plan.sampler,
      pruner: plan.pruner,
      objective: plan.objective,
      direction: plan.direction,
      trials: String(plan.trials),
      seed: String(plan.seed),
      space: JSON.stringify(plan.space),
    })
    const unsubscribe = events.listen((event) => {
      if (event.type === 'run.metricsLogged') this.#follow(event.runId)
    })
    try {
      await this.#goThrough()
    } finally {
      unsubscribe()
    }
    const best = this.#best()
    if (!best && studies.trials(id).length > 0 && !this.#context.stopSignal.aborted)
      throw new GlyphlabError(
        'INVALID_INPUT',
        `No trial has the metric "${plan.objective}". Look at a failed trial's run, or choose another objective.`,
      )
    if (best) runs.setTags(runId, { 'tuning.best': best.runId })
    runs.end(runId, 'FINISHED')
    events.emit({ type: 'run.changed', runId })
    return { studyId: id, runId, bestRunId: best?.runId ?? null, bestValue: best?.value ?? null }
  }

  async #goThrough(): Promise<void> {
    const { studies, queue, jobs } = this.#services
    const { plan, id } = this.#study
    const { signal, stopSignal } = this.#context
    const stopTrials = () => {
      for (const { jobId } of this.#running()) queue.stop(jobId)
    }
    const cancelTrials = () => {
      if (queue.isClosing) return
      for (const { jobId } of this.#running()) queue.cancel(jobId)
    }
    stopSignal.addEventListener('abort', stopTrials, { once: true })
    signal.addEventListener('abort', cancelTrials, { once: true })
    let exhausted = false
    // What ran when the engine ended goes on first, from its checkpoint.
    for (const { jobId } of this.#running()) {
      const { retryable } = jobs.get(jobId)
      if (retryable) queue.retry(jobId)
    }
    for (;;) {
      // With the engine closing its trials are interrupted, and go on with the study.
      if (queue.isClosing) throw new GlyphlabError('CANCELLED', 'The engine was closed.')
      for (const { trial, job } of this.#running())
        if (job.status !== 'queued' && job.status !== 'running') this.#end(trial, job)
      const all = studies.trials(id)
      const running = this.#running()
      const open = !signal.aborted && !stopSignal.aborted && !studies.get(id).paused && !exhausted
      if (open && running.length < plan.parallel && all.length < studies.get(id).plan.trials) {
        exhausted = !this.#begin(all)
        continue
      }
      this.#tell(all, running.length)
      if (running.length === 0) break
      await this.#change(running.map(({ jobId }) => jobId))
    }
    signal.removeEventListener('abort', cancelTrials)
    stopSignal.removeEventListener('abort', stopTrials)
    if (signal.aborted)
      throw new GlyphlabError('CANCELLED', 'Cancelled. Its trials so far are kept; it can go on.')
    if (studies.get(id).paused)
      throw new GlyphlabError('CANCELLED', 'Paused. Its trials so far are kept; resume it to go on.')
  }

  /** Starts the next trial; false when there is nothing left to try. */
  #begin(past: readonly Trial[]): boolean {
    const { studies, store } = this.#services
    const { plan, id, runId } = this.#study
    const number = past.length
    const parameters = samplerOf(plan.sampler).ask({
      space: plan.space,
      direction: plan.direction,
      seed: plan.seed,
      number,
      past,
    })
    if (!parameters) return false
    const { preset = plan.preset, ...options } = parameters
    const { datasetLabel, optionsOf } = requireTrainable(this.#services, {
      datasetVersionId: plan.datasetVersionId,
      split: plan.split,
      preset: String(preset),
    })
    const backend = backendId.safeParse(plan.backend)
    store.transaction(() => {
      const begun = beginTraining(
        this.#services,
        {
          datasetVersionId: plan.datasetVersionId,
          datasetLabel,
          split: plan.split,
          preset: String(preset),
          options: optionsOf(trainingChoices.parse({ ...plan.options, ...options })),
          backend: backend.success ? backend.data : 'auto',
          folder: plan.folder,
        },
        {
          experiment: plan.experiment,
          name: `${this.#study.name.slice(0, 180)} #${number}`,
          tags: { [parentTag]: runId, [trialTags.study]: id, [trialTags.number]: String(number) },
          kind: 'trial',
        },
      )
      studies.addTrial(id, { number, parameters, runId: begun.runId })
    })()
    this.#changed()
    return true
  }

  #running(): { trial: Trial; jobId: string; job: Job }[] {
    const { studies, runs, jobs } = this.#services
    return studies
      .trials(this.#study.id)
      .filter(({ status }) => status === 'running')
      .map((trial) => {
        const jobId = runs.get(trial.runId).jobId ?? ''
        return { trial, jobId, job: jobs.get(jobId) }
      })
  }

  /** A trial's objective, epoch by epoch, as its run has it. */
  #courseOf(trial: Trial): { step: number; value: number }[] {
    const { runs } = this.#services
    const [series] = runs.series([trial.runId], [this.#study.plan.objective], 100_000)
    return (series?.steps ?? []).map((step, index) => ({ step, value: series?.values[index] ?? Number.NaN }))
  }

  #follow(runId: string): void {
    const { studies, queue, runs } = this.#services
    const { plan, id } = this.#study
    const all = studies.trials(id)
    const trial = all.find((one) => one.runId === runId && one.status === 'running')
    if (!trial) return
    const course = this.#courseOf(trial)
    const known = this.#courses.get(trial.number)?.length ?? 0
    if (course.length === known) return
    this.#courses.set(trial.number, course)
    studies.updateTrial(id, trial.number, { status: 'running', ...this.#reached(course) })
    this.#changed()
    if (this.#prunedNow.has(trial.number)) return
    const others = all
      .filter(({ number, status }) => number !== trial.number && status !== 'failed')
      .map((other) => this.#knownCourse(other))
    if (!prunerOf(plan.pruner).givesUp({ course, others, direction: plan.direction })) return
    this.#prunedNow.add(trial.number)
    runs.setTags(runId, { [trialTags.pruned]: String(course.length) })
    this.#context.log(`Trial ${trial.number} is given up after ${course.length} epochs.`)
    queue.stop(runs.get(runId).jobId ?? '')
  }

  #knownCourse(trial: Trial): Course {
    const known = this.#courses.get(trial.number)
    if (known && trial.status === 'running') return known
    const course = known ?? this.#courseOf(trial)
    this.#courses.set(trial.number, course)
    return course
  }

  #reached(course: Course): Pick<Trial, 'value' | 'epochs'> {
    const { direction } = this.#study.plan
    let value: number | null = null
    for (const point of course) {
      if (Number.isNaN(point.value)) continue
      if (value === null || cost(point.value, direction) < cost(value, direction)) value = point.value
    }
    return { value, epochs: course.length }
  }

  #end(trial: Trial, job: Job): void {
    const { studies, runs } = this.#services
    const { id, runId } = this.#study
    const course = this.#courseOf(trial)
    this.#courses.set(trial.number, course)
    const pruned = trialTags.pruned in runs.get(trial.runId).tags
    const reached = this.#reached(course)
    const succeeded = job.status === 'succeeded'
    const status = !succeeded || reached.value === null ? 'failed' : pruned ? 'pruned' : 'complete'
    studies.updateTrial(id, trial.number, { status, ...reached })
    this.#endedHere++
    const points = [
      ...(reached.value === null ? [] : [{ key: 'objective', value: reached.value }]),
      ...[this.#best()].flatMap((best) => (best?.value == null ? [] : [{ key: 'best', value: best.value }])),
    ].map((point) => ({ ...point, step: trial.number, timestamp: Date.now() }))
    runs.logMetrics(runId, points)
    this.#services.events.emit({ type: 'run.metricsLogged', runId, points })
    this.#changed()
  }

  #best(): Trial | undefined {
    const { studies } = this.#services
    const { id, plan } = this.#study
    const ranked = studies
      .trials(id)
      .filter(({ status, value }) => (status === 'complete' || status === 'pruned') && value !== null)
      .sort((a, b) => cost(a.value ?? 0, plan.direction) - cost(b.value ?? 0, plan.direction))
    return ranked[0]
  }

  #tell(all: readonly Trial[], running: number): void {
    const limit = this.#services.studies.get(this.#study.id).plan.trials
    const ended = all.length - running
    const elapsed = performance.now() - this.#started
    this.#context.progress({
      value: Math.min(1, ended / limit),
      message: `${ended} of ${limit} trials`,
      rate: null,
      rateUnit: null,
      remainingMs: this.#endedHere === 0 ? null : (elapsed / this.#endedHere) * (limit - ended),
    })
  }

  /** Resolves soon after one of the jobs has ended, and at each turn of the study's own signals. */
  async #change(jobIds: readonly string[]): Promise<void> {
    const { queue } = this.#services
    await Promise.race(jobIds.map((jobId) => queue.settled(jobId)))
  }

  #changed(): void {
    this.#services.events.emit({ type: 'study.changed', studyId: this.#study.id })
  }
}

import type { Logger } from 'pino'
import type { AlertStore, JudgedRule, JudgedRun } from '../store/alert-store.ts'
import type { EventBus } from './event-bus.ts'

/** Runs that log are judged together, so often at most. */
const gatherMs = 500
const silenceEveryMs = 15_000
/** How long judging may hold up the engine at a time. */
const turnMs = 20

/** How far a series has been read for a rule. */
interface Reading {
  from: number
  best: number | null
  bestStep: number
}

const written = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(6))) : String(value)

/** Reads on; returns why the rule is broken. */
function judge(rule: JudgedRule, points: Iterable<[number, number]>, reading: Reading): string | null {
  const { kind, bound, goal, metric } = rule
  for (const [step, value] of points) {
    reading.from = step
    const at = `${metric} is ${written(value)} at step ${step}`
    if (kind === 'not-finite' && !Number.isFinite(value)) return `${at}.`
    if (kind === 'above' && value > bound) return `${at}, above ${written(bound)}.`
    if (kind === 'below' && value < bound) return `${at}, below ${written(bound)}.`
    if (kind !== 'stalled') continue
    const better = reading.best === null || (goal === 'max' ? value > reading.best : value < reading.best)
    if (better && !Number.isNaN(value)) [reading.best, reading.bestStep] = [value, step]
    else if (reading.best === null) reading.bestStep = Math.min(reading.bestStep, step)
    if (step - reading.bestStep >= bound)
      return reading.best === null
        ? `${metric} has had no value for ${step - reading.bestStep} steps.`
        : `${metric} has not improved for ${step - reading.bestStep} steps: ${written(reading.best)} at step ${reading.bestStep} is still its best.`
  }
  return null
}

/** Judges runs by the rules of their experiment as they log, and says so when one is broken. */
export class RunAlerts {
  private readonly alerts: AlertStore
  private readonly events: EventBus
  private readonly log: Logger
  private readonly waiting = new Set<string>()
  private readonly readings = new Map<string, Reading>()
  private hasRules: boolean
  private timer: NodeJS.Timeout | undefined
  private readonly silenceTimer: NodeJS.Timeout
  private readonly stopListening: () => void

  constructor(alerts: AlertStore, events: EventBus, log: Logger) {
    this.alerts = alerts
    this.events = events
    this.log = log
    this.hasRules = alerts.hasRules()
    this.stopListening = events.listen((event) => {
      if (event.type === 'run.changed' || event.type === 'run.metricsLogged') this.expect([event.runId])
    })
    this.silenceTimer = setInterval(() => this.expectRunning(), silenceEveryMs)
    this.silenceTimer.unref()
    this.expectRunning()
  }

  private expectRunning(): void {
    if (this.hasRules) this.expect(this.alerts.runsToJudge())
  }

  private expect(runIds: readonly string[]): void {
    if (!this.hasRules) return
    for (const id of runIds) this.waiting.add(id)
    if (this.waiting.size === 0) return
    this.timer ??= setTimeout(() => this.turn(Date.now() + turnMs), gatherMs).unref()
  }

  /** Call after the rules of an experiment have changed. */
  rulesChanged(experimentId: number): void {
    this.hasRules = this.alerts.hasRules()
    this.readings.clear()
    this.expect(this.alerts.runsToJudge(experimentId))
  }

  /** Judges now what waits, and what runs or this run: not every change has been told of yet. */
  settle(runId?: string): void {
    if (runId !== undefined) this.expect([runId])
    this.expectRunning()
    this.turn(Number.POSITIVE_INFINITY)
  }

  private turn(until: number): void {
    clearTimeout(this.timer)
    this.timer = undefined
    for (const runId of this.waiting) {
      this.waiting.delete(runId)
      try {
        this.judgeRun(runId)
      } catch (cause) {
        this.log.warn({ err: cause, runId }, 'a run could not be judged by its alerts')
      }
      if (Date.now() > until) break
    }
    this.expect([])
  }

  private judgeRun(runId: string, now: number = Date.now()): void {
    const run = this.alerts.judged(runId)
    if (!run) return
    for (const rule of this.alerts.unbroken(run.id)) {
      const message = this.reasonOf(run, rule, now)
      if (message === null || !this.alerts.break(run.id, rule.rowId, message)) continue
      const [alert] = this.alerts
        .alerts({ runId: run.id, limit: 1_000 })
        .filter(({ ruleId }) => ruleId === rule.id)
      if (alert) this.events.emit({ type: 'run.alerted', runId, alert })
    }
    if (!run.running)
      for (const key of this.readings.keys()) if (key.startsWith(`${run.id} `)) this.readings.delete(key)
  }

  private reasonOf(run: JudgedRun, rule: JudgedRule, now: number): string | null {
    if (rule.metric === null) {
      const silentMs = run.heardAt === null || !run.running ? 0 : now - run.heardAt
      return silentMs >= rule.bound * 60_000
        ? `Nothing was heard of it for ${written(Math.floor(silentMs / 6_000) / 10)} minutes while it ran.`
        : null
    }
    const key = `${run.id} ${rule.rowId}`
    const reading = this.readings.get(key) ?? {
      from: Number.MIN_SAFE_INTEGER,
      best: null,
      bestStep: Number.MAX_SAFE_INTEGER,
    }
    this.readings.set(key, reading)
    return judge(rule, this.alerts.pointsFrom(run.id, rule.metric, reading.from), reading)
  }

  /** Call before the database is closed. */
  close(): void {
    this.stopListening()
    clearInterval(this.silenceTimer)
    this.settle()
    clearTimeout(this.timer)
  }
}

import type { Logger } from 'pino'
import { systemMetric } from '../contract/index.ts'
import type { RunStore } from '../store/run-store.ts'
import type { EventBus } from './event-bus.ts'
import { systemReader } from './system-reading.ts'

/** The first comes sooner: a short run has one too. */
const firstAfterMs = 1_000
const everyMs = 5_000

export interface RunMonitorParts {
  home: string
  runs: RunStore
  events: EventBus
  log: Logger
}

/** Logs how busy the machine is while runs go on. A reading that fails is left out: no run ever fails by it. */
export class RunMonitors {
  private readonly parts: RunMonitorParts
  private readonly running = new Map<string, () => void>()

  constructor(parts: RunMonitorParts) {
    this.parts = parts
  }

  /** Begins for a run, and for a process of it; returns what ends it. It ends by itself where `goesOn` says no. */
  start(runId: string, pid: number | undefined, goesOn: () => boolean = () => true): () => void {
    this.running.get(runId)?.()
    const { home, runs, log } = this.parts
    const read = systemReader(home, pid)
    let timer: NodeJS.Timeout | undefined
    let ended = false
    const end = () => {
      ended = true
      clearTimeout(timer)
      if (this.running.get(runId) === end) this.running.delete(runId)
    }
    // A run that goes on after a restart goes on counting.
    let step = (runs.get(runId).metrics[systemMetric('system_memory_usage_megabytes')]?.step ?? -1) + 1
    const sample = async () => {
      try {
        if (!goesOn()) return end()
        const readings = await read()
        if (ended) return
        this.write(runId, readings, step)
        step += 1
      } catch (cause) {
        log.warn({ err: cause, runId }, 'a reading of the machine was not kept')
      }
      if (!ended) next(everyMs)
    }
    const next = (ms: number) => {
      timer = setTimeout(() => void sample(), ms)
      timer.unref()
    }
    this.running.set(runId, end)
    next(firstAfterMs)
    return end
  }

  private write(runId: string, readings: Record<string, number>, step: number): void {
    const timestamp = Date.now()
    const points = Object.entries(readings).map(([name, value]) => ({
      key: systemMetric(name),
      value,
      step,
      timestamp,
    }))
    this.parts.runs.logMetrics(runId, points)
    this.parts.events.emit({ type: 'run.metricsLogged', runId, points })
  }

  /** Call before the database is closed. */
  close(): void {
    for (const end of [...this.running.values()]) end()
  }
}

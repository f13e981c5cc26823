import type { EventBus } from './event-bus.ts'

/** How often a run is said to have changed, at most. */
const everyMs = 250

/** Says that runs have changed, but not for each of a thousand batches a second. */
export class RunNotices {
  private readonly events: EventBus
  private readonly waiting = new Map<string, NodeJS.Timeout>()

  constructor(events: EventBus) {
    this.events = events
  }

  changed(runId: string): void {
    if (this.waiting.has(runId)) return
    const timer = setTimeout(() => {
      this.waiting.delete(runId)
      this.events.emit({ type: 'run.changed', runId })
    }, everyMs)
    timer.unref()
    this.waiting.set(runId, timer)
  }
}

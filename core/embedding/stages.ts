import type { JobProgress } from '../contract/index.ts'

const betweenMessagesMs = 100

/** Tells how far a task of several stages is, and lets messages of the engine in between. */
export class Stages {
  private readonly begunAt = performance.now()
  private readonly send: (progress: JobProgress) => void
  private sentAt = 0

  constructor(send: (progress: JobProgress) => void) {
    this.send = send
  }

  /**
   * One stage.
   * @param from and `to`: its part of the whole, 0..1
   * @param units what it counts, for the rate
   * @returns told how much of the stage is done, 0..1; resolves when the work may go on
   */
  begin(
    from: number,
    to: number,
    message: string,
    units?: { count: number; name: string },
  ): (share: number) => Promise<void> {
    const stageAt = performance.now()
    this.sentAt = 0
    return async (share) => {
      const now = performance.now()
      if (now - this.sentAt < betweenMessagesMs) return
      this.sentAt = now
      const value = Math.min(1, from + (to - from) * share)
      const elapsed = now - this.begunAt
      const seconds = (now - stageAt) / 1000
      this.send({
        value,
        message,
        rate: units && seconds > 0.5 ? (share * units.count) / seconds : null,
        rateUnit: units?.name ?? null,
        remainingMs: value > 0.05 ? (elapsed * (1 - value)) / value : null,
      })
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

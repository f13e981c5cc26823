import type { Services } from './services.ts'

const lookEveryMs = 30_000

/** Ends runs from outside whose process is gone, now and then; returns the function that ends the looking. */
export function endSilentRuns({ runs, runNotices, log }: Services): () => void {
  const look = () => {
    try {
      for (const runId of runs.endSilent()) runNotices.changed(runId)
    } catch (cause) {
      log.warn({ err: cause }, 'silent runs could not be ended')
    }
  }
  look()
  const timer = setInterval(look, lookEveryMs)
  timer.unref()
  return () => clearInterval(timer)
}

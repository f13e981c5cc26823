/** Points that the writers of the kill test send at once. */
export const killBatch = 50

/** The points of one batch: step, time and value tell which point it is. */
export const killPoints = (first: number) =>
  Array.from({ length: killBatch }, (_, index) => ({
    key: 'loss',
    value: first + index,
    timestamp: 1_000 + first + index,
    step: first + index,
  }))

/** What the engine under load prints first: where to log over HTTP, and what of each run is stored. */
export interface KillStart {
  url: string
  runs: { inProcess: KillRun; http: KillRun }
}

export interface KillRun {
  id: string
  /** How many points are stored. */
  stored: number
  /** Whether they are the first `stored` points, each once, each with its value and time. */
  whole: boolean
}

/** Batches made ahead of the step that takes them, in order. */
export class BatchFeed<Batch> {
  readonly #make: (position: number) => Promise<Batch>
  readonly #end: number
  readonly #size: number
  readonly #ahead: number
  readonly #waiting: Promise<Batch>[] = []
  #next: number
  #waitedMs = 0

  /**
   * @param make makes the batch that begins at a position
   * @param range positions from `start` to `end`, `size` apart
   * @param ahead how many batches are in the making at once
   */
  constructor(
    make: (position: number) => Promise<Batch>,
    range: { start: number; end: number; size: number },
    ahead: number,
  ) {
    this.#make = make
    this.#next = range.start
    this.#end = range.end
    this.#size = range.size
    this.#ahead = ahead
  }

  /** How long the steps have waited for their batches, ms. */
  get waitedMs(): number {
    return this.#waitedMs
  }

  /** Null after the last one. */
  async next(): Promise<Batch | null> {
    while (this.#waiting.length < this.#ahead && this.#next < this.#end) {
      const batch = this.#make(this.#next)
      // It is awaited in its turn: a failure before that must not end the process.
      batch.catch(() => {})
      this.#waiting.push(batch)
      this.#next += this.#size
    }
    const batch = this.#waiting.shift()
    if (!batch) return null
    const started = performance.now()
    const made = await batch
    this.#waitedMs += performance.now() - started
    return made
  }
}

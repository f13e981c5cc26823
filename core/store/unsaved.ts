const retryMs = 1_000

/**
 * Facts that the disk would not take, although they are so: shown from memory, and written as soon as they can be.
 * After a restart they are gone; the start then finds what they would have ended still open, and ends it.
 */
export class Unsaved<Fact> {
  private readonly facts = new Map<string, Fact>()
  private readonly write: (id: string, fact: Fact) => void
  private timer: NodeJS.Timeout | undefined

  constructor(write: (id: string, fact: Fact) => void) {
    this.write = write
  }

  get(id: string): Fact | undefined {
    return this.facts.get(id)
  }

  has(id: string): boolean {
    return this.facts.has(id)
  }

  /** Something newer was written. */
  forget(id: string): void {
    this.facts.delete(id)
  }

  /** Writes the fact, or keeps it until it can be written. */
  save(id: string, fact: Fact): void {
    this.facts.set(id, fact)
    this.flush()
  }

  private flush(): void {
    clearTimeout(this.timer)
    for (const [id, fact] of this.facts) {
      try {
        this.write(id, fact)
        this.facts.delete(id)
      } catch {
        this.timer = setTimeout(() => this.flush(), retryMs)
        this.timer.unref()
        return
      }
    }
  }

  /** Tries a last time. */
  close(): void {
    this.flush()
    clearTimeout(this.timer)
  }
}

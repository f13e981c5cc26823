interface Entry {
  value: unknown
  bytes: number
}

/** Answers by content, the least recently used ones dropped when `entries` or `bytes` are exceeded. */
export class AnswerCache {
  readonly #entries = new Map<string, Entry>()
  readonly #maxEntries: number
  readonly #maxBytes: number
  #bytes = 0
  hits = 0
  misses = 0

  constructor({ entries, bytes }: { entries: number; bytes: number }) {
    this.#maxEntries = entries
    this.#maxBytes = bytes
  }

  get bytes(): number {
    return this.#bytes
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): unknown {
    const entry = this.#entries.get(key)
    if (!entry) {
      this.misses += 1
      return undefined
    }
    this.hits += 1
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  /** Keeps `value`, which takes about `bytes`. One that is larger than the whole cache is not kept. */
  set(key: string, value: unknown, bytes: number): void {
    this.#remove(key)
    if (bytes > this.#maxBytes || this.#maxEntries === 0) return
    this.#entries.set(key, { value, bytes })
    this.#bytes += bytes
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries && this.#bytes <= this.#maxBytes) break
      this.#remove(oldest)
    }
  }

  #remove(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0
    this.#entries.delete(key)
  }
}

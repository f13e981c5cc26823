export type ServerState = 'starting' | 'ready' | 'failing' | 'draining'

const failuresBeforeDoubt = 3

/**
 * Whether the server can answer. It starts as `starting`. After three failures of its own in a row (never a client's bad
 * picture) it says `failing`, and asks its models a known question; it is ready again when they answer it.
 */
export class Readiness {
  readonly #recheck: () => Promise<void>
  #state: ServerState = 'starting'
  #failures = 0
  #checking = false

  /** `recheck` rejects when the models can't answer. */
  constructor(recheck: () => Promise<void>) {
    this.#recheck = recheck
  }

  get state(): ServerState {
    return this.#state
  }

  ready(): void {
    if (this.#state === 'starting') this.#state = 'ready'
  }

  drain(): void {
    this.#state = 'draining'
  }

  answered(): void {
    this.#failures = 0
    if (this.#state === 'failing') this.#state = 'ready'
  }

  failed(): void {
    this.#failures += 1
    if (this.#state === 'ready' && this.#failures >= failuresBeforeDoubt) this.#state = 'failing'
  }

  /** For a health probe: the state now. A failing server is asked again meanwhile, so that a later probe sees it mended. */
  probe(): ServerState {
    if (this.#state === 'failing' && !this.#checking) {
      this.#checking = true
      this.#recheck()
        .then(
          () => this.answered(),
          () => {},
        )
        .finally(() => {
          this.#checking = false
        })
    }
    return this.#state
  }
}

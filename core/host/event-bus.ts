import type { EngineEvent } from '../contract/index.ts'

export class EventBus {
  private readonly listeners = new Set<(event: EngineEvent) => void>()

  emit(event: EngineEvent): void {
    for (const listener of this.listeners) listener(event)
  }

  /** Returns the function that ends the subscription. */
  listen(listener: (event: EngineEvent) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
}

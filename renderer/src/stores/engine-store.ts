import { create } from 'zustand'
import type { EngineEvent, EngineStatus } from '../../../core/contract/index.ts'
import { type ConnectionState, followEvents } from '../client/events.ts'
import { call } from '../client/rpc.ts'

interface EngineState {
  connection: ConnectionState
  /** Changes when the engine restarts; null until it first answered. */
  engineId: string | null
  status: EngineStatus | null
  /** When the connection came back after having been lost; null otherwise. */
  reconnectedAt: number | null
}

export const useEngine = create<EngineState>()(() => ({
  connection: 'connecting',
  engineId: null,
  status: null,
  reconnectedAt: null,
}))

type Listener = (event: EngineEvent) => void
const listeners = new Set<Listener>()

/** Calls the listener with every event of the engine. Returns a function that ends it. */
export function onEngineEvent(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Asks for the engine's facts (disk, jobs); keeps the last ones while it does not answer. */
export async function refreshEngineStatus(): Promise<void> {
  try {
    useEngine.setState({ status: await call('engine.status', {}) })
  } catch {
    // The connection state says that the engine is away; engine.ready asks again.
  }
}

const statusEveryMs = 30_000

/** Follows the engine until the returned function is called. Called once, by the app. */
export function followEngine(): () => void {
  const stop = followEvents({
    onState: (connection) =>
      useEngine.setState((before) => ({
        connection,
        reconnectedAt:
          connection === 'connected' && before.connection !== 'connected' && before.engineId !== null
            ? Date.now()
            : before.reconnectedAt,
      })),
    onEvent: (event) => {
      if (event.type === 'engine.ready') useEngine.setState({ engineId: event.engineId })
      if (event.type === 'engine.ready' || event.type === 'job.ended') void refreshEngineStatus()
      for (const listener of [...listeners]) listener(event)
    },
  })
  const timer = setInterval(() => void refreshEngineStatus(), statusEveryMs)
  return () => {
    stop()
    clearInterval(timer)
  }
}

import type { HttpBindings } from '@hono/node-server'
import type { Context, Hono } from 'hono'
import type { Caller } from './access.ts'

export interface ServerEnvironment {
  Bindings: HttpBindings
  Variables: {
    requestId: string
    caller: Caller
    /** What the request's log line says beside the usual. */
    notes: Record<string, unknown>
  }
}

export type ServerContext = Context<ServerEnvironment>
export type ServerApp = Hono<ServerEnvironment>

/** Adds to the request's log line. */
export function note(context: ServerContext, fields: Record<string, unknown>): void {
  Object.assign(context.get('notes'), fields)
}

/** Aborted when the client has gone before its answer was sent. */
export function clientGone(context: ServerContext): AbortSignal {
  const { outgoing } = context.env
  const controller = new AbortController()
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) controller.abort()
  })
  return controller.signal
}

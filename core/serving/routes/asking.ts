import { clientGone, note, type ServerContext } from '../http-context.ts'
import type { Asker } from '../predictor.ts'
import { type BodyBudget, withBody } from '../request-picture.ts'
import type { ServerLimits } from '../settings.ts'
import type { Traffic } from '../traffic.ts'

/** How the routes that answer pictures read a request. */
export interface Asking {
  limits: ServerLimits
  asker(context: ServerContext, version?: string | null): Asker
  body<T>(context: ServerContext, use: (body: Buffer) => Promise<T>): Promise<T>
}

export function createAsking(traffic: Traffic, limits: ServerLimits, budget: BodyBudget): Asking {
  return {
    limits,
    asker(context, version = null) {
      const { sticky, header } = traffic.policy
      const { keyId } = context.get('caller')
      const given = sticky === 'key' ? keyId : context.req.header(header)
      return {
        sticky: sticky === 'none' ? null : (given ?? null),
        version,
        signal: clientGone(context),
        requestId: context.get('requestId'),
        key: keyId,
      }
    },
    body: (context, use) =>
      withBody(context.env.incoming, limits.bodyBytes, budget, (bytes) => {
        note(context, { bytes: bytes.length })
        return use(bytes)
      }),
  }
}

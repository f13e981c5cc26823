import { z } from 'zod'
import { GlyphlabError } from '../../contract/index.ts'
import type { ServerContext } from '../http-context.ts'
import { parseJson } from '../request-picture.ts'
import type { Traffic } from '../traffic.ts'
import { trafficPolicy } from '../traffic-policy.ts'
import type { Asking } from './asking.ts'
import type { Route } from './route.ts'

const trafficState = z.object({
  /** Equal at replicas that do the same. */
  generation: z.number(),
  loaded: z.array(z.object({ version: z.string(), digest: z.string() })),
  policy: z.record(z.string(), z.unknown()),
  rollbacks: z.number(),
  history: z.array(z.record(z.string(), z.unknown())),
})
const promotion = z.strictObject({ version: z.union([z.string(), z.number()]).transform(String) })

/** Which version answers: read, set, promote, roll back; without a restart. */
export function adminRoutes(traffic: Traffic, asking: Asking): Route[] {
  const answer = (context: ServerContext) =>
    context.json({
      generation: traffic.generation,
      loaded: [...traffic.models].map(([version, { digest }]) => ({ version, digest })),
      policy: traffic.policy,
      rollbacks: traffic.rollbacks,
      history: traffic.history,
    })
  const by = (context: ServerContext) => `key ${context.get('caller').keyId}`
  const parsed = <T>(schema: z.ZodType<T>, body: Buffer): T => {
    const result = schema.safeParse(parseJson(body))
    if (result.success) return result.data
    throw new GlyphlabError('INVALID_INPUT', z.prettifyError(result.error))
  }
  return [
    {
      method: 'get',
      path: '/v1/admin/traffic',
      scope: 'admin',
      summary: 'The loaded versions, how requests are shared among them, and the changes so far.',
      gives: trafficState,
      handle: answer,
    },
    {
      method: 'put',
      path: '/v1/admin/traffic',
      scope: 'admin',
      summary: 'Share requests anew: weights, stickiness, shadow, canary bounds.',
      takes: { 'application/json': trafficPolicy },
      gives: trafficState,
      handle: (context) =>
        asking.body(context, async (body) => {
          await traffic.set(parsed(trafficPolicy, body), by(context), 'set')
          return answer(context)
        }),
    },
    {
      method: 'post',
      path: '/v1/admin/promote',
      scope: 'admin',
      summary: 'Give one version everything.',
      takes: { 'application/json': promotion },
      gives: trafficState,
      handle: (context) =>
        asking.body(context, async (body) => {
          await traffic.promote(parsed(promotion, body).version, by(context))
          return answer(context)
        }),
    },
    {
      method: 'post',
      path: '/v1/admin/rollback',
      scope: 'admin',
      summary: 'Return to the policy before.',
      gives: trafficState,
      async handle(context) {
        await traffic.rollBack(by(context))
        return answer(context)
      },
    },
  ]
}

import { type FetchSettings, fetchPicture } from '../fetch-picture.ts'
import { clientGone, note, type ServerContext } from '../http-context.ts'
import type { Asker } from '../predictor.ts'
import { type BodyBudget, type Picture, withBody } from '../request-picture.ts'
import type { ServerLimits } from '../settings.ts'
import type { Traffic } from '../traffic.ts'
import { createPlaces } from '../work-queue.ts'

const fetchedAtOnce = 16

/** How the routes that answer pictures read a request. */
export interface Asking {
  limits: ServerLimits
  asker(context: ServerContext, version?: string | null): Asker
  /** The picture at an address, where the settings allow it. @throws as `fetchPicture` */
  pictureAt(context: ServerContext, url: string): Promise<Picture>
  body<T>(context: ServerContext, use: (body: Buffer) => Promise<T>): Promise<T>
}

export function createAsking(
  traffic: Traffic,
  limits: ServerLimits,
  urls: FetchSettings,
  budget: BodyBudget,
): Asking {
  const fetching = createPlaces(fetchedAtOnce)
  return {
    limits,
    async pictureAt(context, url) {
      let held = 0
      context.env.outgoing.once('close', () => budget.give(held))
      const take = (bytes: number) => {
        budget.take(bytes)
        held += bytes
      }
      const options = { limit: limits.bodyBytes, take, signal: clientGone(context) }
      return fetching.run(() => fetchPicture(url, urls, options))
    },
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

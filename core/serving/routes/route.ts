import type { z } from 'zod'
import type { KeyScope } from '../api-keys.ts'
import type { ServerContext } from '../http-context.ts'

/** One endpoint, with what `/openapi.json` says of it. */
export interface Route {
  method: 'get' | 'post' | 'put'
  /** As hono writes it: `/v2/models/:model`. */
  path: string
  /** `open`: health only; everything else wants this scope when keys are on. */
  scope: KeyScope | 'open'
  summary: string
  /** By media type; a string stands for a binary body. */
  takes?: Record<string, z.ZodType | 'binary'>
  /** By media type: what OpenAPI's media type objects say of an example. */
  examples?: Record<string, object>
  gives: z.ZodType | 'text' | 'binary'
  handle(context: ServerContext): Response | Promise<Response>
}

import { z } from 'zod'

/** The closed list of error codes that may cross the contract. */
export const errorCodes = [
  'INVALID_INPUT',
  'NOT_FOUND',
  'CONFLICT',
  'UNREADABLE_FILE',
  'UNSUPPORTED',
  'UNAVAILABLE',
  'TIMED_OUT',
  'CANCELLED',
  'DAMAGED',
  'DISK_FULL',
  'FORBIDDEN',
  'INTERNAL',
] as const

export const errorCode = z.enum(errorCodes)
export type ErrorCode = z.infer<typeof errorCode>

export const errorBody = z.object({
  code: errorCode,
  /** What happened, to which file, and what to do. Shown to the person as it is. */
  message: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
})
export type ErrorBody = z.infer<typeof errorBody>

/** An error made where the fault is known. Only `code`, `message` and `details` cross the contract. */
export class GlyphlabError extends Error {
  readonly code: ErrorCode
  readonly details: Record<string, unknown> | undefined

  constructor(code: ErrorCode, message: string, details?: Record<string, unknown>, options?: ErrorOptions) {
    super(message, options)
    this.name = 'GlyphlabError'
    this.code = code
    this.details = details
  }

  toBody(): ErrorBody {
    return this.details
      ? { code: this.code, message: this.message, details: this.details }
      : { code: this.code, message: this.message }
  }

  static fromBody(body: ErrorBody): GlyphlabError {
    return new GlyphlabError(body.code, body.message, body.details)
  }
}

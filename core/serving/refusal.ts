import { type ErrorCode, GlyphlabError } from '../contract/index.ts'

/** A request that the server turns down, with the HTTP status that says why. */
export class Refusal extends GlyphlabError {
  readonly status: number
  readonly headers: Record<string, string>

  constructor(status: number, code: ErrorCode, message: string, headers: Record<string, string> = {}) {
    super(code, message)
    this.status = status
    this.headers = headers
  }
}

const statusByCode: Record<ErrorCode, number> = {
  INVALID_INPUT: 400,
  UNREADABLE_FILE: 400,
  UNSUPPORTED: 415,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  CANCELLED: 503,
  UNAVAILABLE: 503,
  TIMED_OUT: 504,
  DAMAGED: 500,
  DISK_FULL: 500,
  INTERNAL: 500,
}

export function statusOf(error: GlyphlabError): number {
  return error instanceof Refusal ? error.status : statusByCode[error.code]
}

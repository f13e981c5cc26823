import { type ErrorCode, GlyphlabError } from '../../contract/index.ts'

/** The codes of MLflow's API that are used here. */
export type MlflowErrorCode =
  | 'INVALID_PARAMETER_VALUE'
  | 'RESOURCE_DOES_NOT_EXIST'
  | 'RESOURCE_ALREADY_EXISTS'
  | 'INVALID_STATE'
  | 'PERMISSION_DENIED'
  | 'ENDPOINT_NOT_FOUND'
  | 'RESOURCE_EXHAUSTED'
  | 'INTERNAL_ERROR'

const statusOf: Record<MlflowErrorCode, number> = {
  INVALID_PARAMETER_VALUE: 400,
  RESOURCE_DOES_NOT_EXIST: 404,
  RESOURCE_ALREADY_EXISTS: 400,
  // MLflow's own server says 500, at which its client would ask again and again for minutes.
  INVALID_STATE: 400,
  PERMISSION_DENIED: 403,
  ENDPOINT_NOT_FOUND: 404,
  RESOURCE_EXHAUSTED: 507,
  INTERNAL_ERROR: 500,
}

export class MlflowError extends Error {
  readonly code: MlflowErrorCode

  constructor(code: MlflowErrorCode, message: string) {
    super(message)
    this.name = 'MlflowError'
    this.code = code
  }

  get status(): number {
    return statusOf[this.code]
  }
}

export const invalid = (message: string): MlflowError => new MlflowError('INVALID_PARAMETER_VALUE', message)
export const missing = (message: string): MlflowError => new MlflowError('RESOURCE_DOES_NOT_EXIST', message)

const codeOf: Partial<Record<ErrorCode, MlflowErrorCode>> = {
  INVALID_INPUT: 'INVALID_PARAMETER_VALUE',
  NOT_FOUND: 'RESOURCE_DOES_NOT_EXIST',
  CONFLICT: 'RESOURCE_ALREADY_EXISTS',
  FORBIDDEN: 'PERMISSION_DENIED',
  DISK_FULL: 'RESOURCE_EXHAUSTED',
  UNSUPPORTED: 'INVALID_PARAMETER_VALUE',
}

/** What a client is told; undefined for a fault of ours, which belongs in the log. */
export function mlflowErrorOf(cause: unknown): MlflowError | undefined {
  if (cause instanceof MlflowError) return cause
  if (!(cause instanceof GlyphlabError)) return undefined
  return new MlflowError(codeOf[cause.code] ?? 'INTERNAL_ERROR', cause.message)
}

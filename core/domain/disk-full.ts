import { GlyphlabError } from '../contract/index.ts'

/**
 * What the system and SQLite say when there is no room: `SHMSIZE` when only the index of SQLite's log could not grow.
 * (https://sqlite.org/rescode.html)
 */
const fullCodes = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE', 'DISK_FULL'])

export function isDiskFull(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && fullCodes.has(String(cause.code))
}

/**
 * Turns an error of the disk or of the database into what a person can act on; any other is returned as it is.
 * The only place that knows what a full disk looks like.
 */
export function storageError(cause: unknown, file?: string): unknown {
  if (cause instanceof GlyphlabError || !isDiskFull(cause)) return cause
  const what = file === undefined ? '' : `: ${file} could not be written`
  return new GlyphlabError(
    'DISK_FULL',
    `The disk is full${what}. Free some space and try again; nothing that was there is lost.`,
    undefined,
    { cause },
  )
}

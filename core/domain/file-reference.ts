import { GlyphlabError } from '../contract/index.ts'

/** What the owner's file was when it was imported by reference. */
export interface FileReference {
  /** sha256 of its content. */
  hash: string
  modifiedMs: number
}

/** The owner's file is not where it was, or may not be read. */
export const missingReference = (file: string, cause?: unknown): GlyphlabError =>
  new GlyphlabError(
    'NOT_FOUND',
    `${file} was imported by reference and can't be read any more. Put it back (or connect its disk), or import its source again from where it lies now.`,
    undefined,
    { cause },
  )

/** The owner's file has other content than it had. */
export const changedReference = (file: string): GlyphlabError =>
  new GlyphlabError(
    'DAMAGED',
    `${file} was imported by reference and has been changed since. Put the old file back, or import its source again as a new version.`,
  )

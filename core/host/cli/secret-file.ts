import { readFile } from 'node:fs/promises'
import { GlyphlabError } from '../../contract/index.ts'

/** A key, password or token out of a file: what stands in a command is seen by other users. @throws GlyphlabError NOT_FOUND */
export async function secretIn(file: string, what: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    throw new GlyphlabError('NOT_FOUND', `${file}: the ${what} can't be read (${reason}).`)
  }
}

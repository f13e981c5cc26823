import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { sha256Of } from '../blobs/blob-files.ts'
import { languageDirectory } from './resources.ts'

const digests = new Map<string, Promise<string | null>>()

/** The digest of a language's data as packaged, taken once; null for a reading without such data. */
export function languageDigest(language: string): Promise<string | null> {
  const known = digests.get(language)
  if (known) return known
  const digest = readFile(path.join(languageDirectory, `${language}.traineddata.gz`)).then(
    sha256Of,
    () => null,
  )
  digests.set(language, digest)
  return digest
}

import { randomUUID } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { readBlob } from '../blobs/blob-files.ts'
import { GlyphlabError } from '../contract/index.ts'
import type { Services } from './services.ts'

/**
 * Runs `use` on a page's stored picture as a file that holds nothing else: its own, or a copy for as long as it is used
 * where it lies in a pack.
 * @throws GlyphlabError NOT_FOUND
 */
export async function withStoredPicture<T>(
  { blobs, pages, home }: Services,
  pageId: string,
  use: (file: string) => Promise<T>,
): Promise<T> {
  const { blob, name } = pages.get(pageId)
  const location = blob === null ? undefined : blobs.locate(blob)
  if (blob === null || !location)
    throw new GlyphlabError('NOT_FOUND', `${name}: its picture is not stored. Read the file again.`)
  if (location.file === blobs.files.loosePath(blob)) return use(location.file)
  const folder = path.join(home, 'work')
  const file = path.join(folder, `picture-${randomUUID()}`)
  await mkdir(folder, { recursive: true })
  try {
    await writeFile(file, await readBlob(location, blob))
    return await use(file)
  } finally {
    await rm(file, { force: true })
  }
}

import { readBlob } from '../blobs/blob-files.ts'
import { GlyphlabError, type Page } from '../contract/index.ts'
import { arrangedBy, isOriginal, type PictureChange } from '../domain/page-arrangement.ts'
import { arrangedPicture } from '../imaging/arranged-picture.ts'
import { inspectImage } from '../imaging/image.ts'
import type { Services } from './services.ts'

/**
 * Turns or crops a page. The picture on view is always made of the original, so that nothing is lost by many steps.
 * @throws GlyphlabError CONFLICT (its picture is not stored), INVALID_INPUT, UNREADABLE_FILE
 */
export async function arrangedPage(
  { pages, blobs }: Services,
  pageId: string,
  change: PictureChange,
): Promise<Page> {
  const { name, arrangement } = pages.get(pageId)
  const original = pages.original(pageId)
  const location = original ? blobs.locate(original.hash) : undefined
  if (original === null || !location)
    throw new GlyphlabError(
      'CONFLICT',
      `${name}: its picture is not stored yet. Wait until its turn to be read has come, or read the file again.`,
    )
  const bytes = await readBlob(location, original.hash)
  const { width, height } = await inspectImage(bytes, name)
  const before = arrangement ?? { turn: 0, crop: null, width, height }
  const after = arrangedBy(before, change)
  if (isOriginal(after)) return pages.arrange(pageId, change, before, after, original.id)
  const kept = blobs.keep()
  try {
    const picture = await arrangedPicture(bytes, name, after)
    const stored = await blobs.addBytes(picture)
    kept.add(stored.hash)
    if (JSON.stringify(pages.get(pageId).arrangement) !== JSON.stringify(arrangement))
      throw new GlyphlabError(
        'CONFLICT',
        `${name}: it was turned or cropped meanwhile. Look at it, and try again.`,
      )
    return pages.arrange(pageId, change, before, after, stored.id)
  } finally {
    kept.release()
  }
}

import type { Sample } from '../../../../core/contract/index.ts'
import { blobUrl, thumbnailUrl } from '../../client/rpc.ts'

const shownByBrowsers = /^image\/(png|jpeg|gif|webp|avif)$/
const smallBytes = 32_000

/** The address of a sample's picture for a cell of `side` px; small originals are shown as they are. */
export function samplePicture({ hash, width, height, bytes, mediaType }: Sample, side: number): string {
  const pixels = side * Math.min(window.devicePixelRatio, 2)
  if (shownByBrowsers.test(mediaType) && bytes <= smallBytes && Math.max(width, height) <= 2 * pixels)
    return blobUrl(hash)
  const sizes = [64, 128, 256, 512] as const
  return thumbnailUrl(hash, sizes.find((size) => size >= pixels * 0.9) ?? 1600)
}

/** Whether a picture is enlarged so much that its pixels should stay squares. */
export const showsPixels = ({ width, height }: Sample, side: number): boolean =>
  Math.max(width, height) * 1.5 < side

import type { Box } from '../../../../core/contract/index.ts'
import { thumbnailUrl } from '../../client/rpc.ts'

/** The part of the picture around a word. `page`: the displayed picture, to whose px the box refers. */
export function WordCrop({
  page,
  box,
  maxWidth,
  maxHeight,
}: {
  page: { hash: string; width: number; height: number }
  box: Box
  maxWidth: number
  maxHeight: number
}) {
  const padding = Math.max(2, (box.y1 - box.y0) * 0.25)
  const width = box.x1 - box.x0 + 2 * padding
  const height = box.y1 - box.y0 + 2 * padding
  const scale = Math.min(maxWidth / width, maxHeight / height)
  return (
    <svg
      className="word-crop"
      width={width * scale}
      height={height * scale}
      viewBox={`${box.x0 - padding} ${box.y0 - padding} ${width} ${height}`}
      role="img"
      aria-label="The word in the picture"
    >
      <image href={thumbnailUrl(page.hash, 1600)} width={page.width} height={page.height} />
    </svg>
  )
}

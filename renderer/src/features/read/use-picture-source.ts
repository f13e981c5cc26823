import { useEffect, useState } from 'react'
import { blobUrl, thumbnailUrl } from '../../client/rpc.ts'

/** Side in px up to which the engine's rendering shows all there is. */
const renderedSide = 1600

/**
 * The address that shows a picture best at a scale: the engine's rendering of it (turned by EXIF, of any format), and
 * once enlarged beyond that the original, if the browser can show it at the same size.
 */
export function usePictureSource(hash: string, width: number, height: number, scale: number): string {
  const rendered = thumbnailUrl(hash, renderedSide)
  const [original, setOriginal] = useState<string | null>(null)
  const side = Math.max(width, height)
  const wanted = side > renderedSide && side * scale * window.devicePixelRatio > renderedSide
  useEffect(() => {
    if (!wanted) return
    let dropped = false
    const image = new Image()
    image.src = blobUrl(hash)
    image.decode().then(
      () => {
        if (!dropped && image.naturalWidth === width && image.naturalHeight === height)
          setOriginal(blobUrl(hash))
      },
      () => {
        // A format that the browser does not know (TIFF): the rendering stays.
      },
    )
    return () => {
      dropped = true
    }
  }, [wanted, hash, width, height])
  return wanted && original === blobUrl(hash) ? original : rendered
}

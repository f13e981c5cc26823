import { useEffect, useState } from 'react'
import { blobUrl, thumbnailUrl } from '../../client/rpc.ts'

/** Side in px up to which the engine's rendering shows all there is. */
const renderedSide = 1600
/** Side in px of the rendering that stands in for an original that the browser can't show. */
const largestSide = 4096

/**
 * The address that shows a picture best at a scale: the engine's rendering of it (turned by EXIF, of any format), and
 * once enlarged beyond that the original, or a larger rendering where the browser can't show that at the same size.
 */
export function usePictureSource(hash: string, width: number, height: number, scale: number): string {
  const rendered = thumbnailUrl(hash, renderedSide)
  const [enlarged, setEnlarged] = useState<{ hash: string; address: string } | null>(null)
  const side = Math.max(width, height)
  const wanted = side > renderedSide && side * scale * window.devicePixelRatio > renderedSide
  useEffect(() => {
    if (!wanted) return
    let dropped = false
    const show = (address: string) => {
      if (!dropped) setEnlarged({ hash, address })
    }
    const image = new Image()
    image.src = blobUrl(hash)
    image.decode().then(
      () => {
        const same = image.naturalWidth === width && image.naturalHeight === height
        show(same ? blobUrl(hash) : thumbnailUrl(hash, largestSide))
      },
      // A format that the browser does not know (TIFF, PDF, HEIC).
      () => show(thumbnailUrl(hash, largestSide)),
    )
    return () => {
      dropped = true
    }
  }, [wanted, hash, width, height])
  return wanted && enlarged?.hash === hash ? enlarged.address : rendered
}

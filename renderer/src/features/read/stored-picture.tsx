import { FileX2 } from 'lucide-react'
import { useState } from 'react'
import { thumbnailUrl } from '../../client/rpc.ts'

/** A stored picture within `size` px; a sign instead when the stored file is no picture. */
export function StoredPicture({ hash, size, alt }: { hash: string; size: 64 | 1600; alt: string }) {
  const [broken, setBroken] = useState(false)
  if (broken) return <FileX2 size={20} className="dim" role="img" aria-label="Not a picture" />
  return (
    <img
      src={thumbnailUrl(hash, size)}
      alt={alt}
      loading="lazy"
      decoding="async"
      onError={() => setBroken(true)}
    />
  )
}

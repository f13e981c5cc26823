import { useEffect, useState } from 'react'
import { blobUrl } from '../../../client/rpc.ts'
import { type ArtifactKind, kindOf, mediaTypeOf } from './artifact-kind.ts'

const mediaAtMost = 100_000_000
const textAtMost = 2_000_000

type FileContent =
  | { kind: 'media'; url: string }
  | { kind: 'text'; text: string }
  | { kind: 'error'; error: Error }

const isMedia = (kind: ArtifactKind): boolean => kind === 'picture' || kind === 'audio'

/** Whether a file is more than the window should hold. */
export const isTooLarge = (path: string, bytes: number): boolean =>
  bytes > (isMedia(kindOf(path)) ? mediaAtMost : textAtMost)

/** The content of a stored file: a typed address for media, text for the rest. Undefined while it is fetched. */
export function useFileContent(hash: string, path: string): FileContent | undefined {
  const [content, setContent] = useState<{ hash: string; content: FileContent }>()
  useEffect(() => {
    const stopped = new AbortController()
    let url: string | undefined
    const load = async (): Promise<FileContent> => {
      const response = await fetch(blobUrl(hash), { signal: stopped.signal })
      if (!response.ok) throw new Error(`The engine answered ${response.status} for this file.`)
      const bytes = await response.arrayBuffer()
      if (!isMedia(kindOf(path))) return { kind: 'text', text: new TextDecoder().decode(bytes) }
      url = URL.createObjectURL(new Blob([bytes], { type: mediaTypeOf(path) }))
      return { kind: 'media', url }
    }
    load().then(
      (loaded) => setContent({ hash, content: loaded }),
      (cause: unknown) => {
        if (stopped.signal.aborted) return
        const error = cause instanceof Error ? cause : new Error(String(cause))
        setContent({ hash, content: { kind: 'error', error } })
      },
    )
    return () => {
      stopped.abort()
      if (url) URL.revokeObjectURL(url)
    }
  }, [hash, path])
  return content?.hash === hash ? content.content : undefined
}

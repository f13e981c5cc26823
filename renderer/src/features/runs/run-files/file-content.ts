import { useEffect, useState } from 'react'
import { blobUrl } from '../../../client/rpc.ts'
import { type ArtifactKind, kindOf, mediaTypeOf } from './artifact-kind.ts'

const mediaAtMost = 100_000_000
const textAtMost = 2_000_000
/** Of a longer JSON file its beginning is read. */
const jsonAtMost = 8_000_000

type FileContent =
  | { kind: 'media'; url: string }
  /** `cut`: only the beginning was read; both in bytes. */
  | { kind: 'text'; text: string; cut: { read: number; total: number } | null }
  | { kind: 'error'; error: Error }

const isMedia = (kind: ArtifactKind): boolean => kind === 'picture' || kind === 'audio'

/** Whether a file is more than the window should hold. */
export const isTooLarge = (path: string, bytes: number): boolean =>
  bytes > (isMedia(kindOf(path)) ? mediaAtMost : textAtMost)

/** Whether none of a file is shown: of a large JSON file its beginning is. */
export const isNotShown = (path: string, bytes: number): boolean =>
  kindOf(path) !== 'json' && isTooLarge(path, bytes)

/** The beginning of an answer; the rest is not fetched. */
async function beginningOf(response: Response, atMost: number): Promise<Uint8Array<ArrayBuffer>> {
  const reader = response.body?.getReader()
  const kept = new Uint8Array(atMost)
  let length = 0
  while (reader && length < atMost) {
    const { done, value } = await reader.read()
    if (done) break
    kept.set(value.subarray(0, atMost - length), length)
    length += Math.min(value.length, atMost - length)
  }
  await reader?.cancel()
  return kept.subarray(0, length)
}

/** The content of a stored file: a typed address for media, text for the rest. Undefined while it is fetched. */
export function useFileContent(hash: string, path: string, bytes?: number): FileContent | undefined {
  const [content, setContent] = useState<{ hash: string; content: FileContent }>()
  useEffect(() => {
    const stopped = new AbortController()
    let url: string | undefined
    const load = async (): Promise<FileContent> => {
      const response = await fetch(blobUrl(hash), { signal: stopped.signal })
      if (!response.ok) throw new Error(`The engine answered ${response.status} for this file.`)
      if (kindOf(path) === 'json' && bytes !== undefined && bytes > jsonAtMost) {
        const beginning = await beginningOf(response, jsonAtMost)
        const cut = { read: beginning.length, total: bytes }
        return { kind: 'text', text: new TextDecoder().decode(beginning), cut }
      }
      const content = await response.arrayBuffer()
      if (!isMedia(kindOf(path))) return { kind: 'text', text: new TextDecoder().decode(content), cut: null }
      url = URL.createObjectURL(new Blob([content], { type: mediaTypeOf(path) }))
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
  }, [hash, path, bytes])
  return content?.hash === hash ? content.content : undefined
}

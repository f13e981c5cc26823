import { useEffect, useMemo, useState } from 'react'
import { blobUrl } from '../../../client/rpc.ts'
import { formatBytes } from '../../../components/format.ts'
import type { StepFile } from './step-records.ts'

const textAtMost = 32_000_000
/** Of a record with a file a step so many are read, evenly taken. */
export const filesAtMost = 300
const atOnce = 6
const keptAtMost = 600

/** Contents never change under their hash. */
const kept = new Map<string, string>()

async function textOf({ path, hash, bytes }: StepFile, signal: AbortSignal): Promise<string> {
  const known = kept.get(hash)
  if (known !== undefined) return known
  if (bytes > textAtMost)
    throw new Error(`${path} has ${formatBytes(bytes)}: too much to be shown here. Save it from Artifacts.`)
  const response = await fetch(blobUrl(hash), { signal })
  if (!response.ok) throw new Error(`${path} could not be read: the engine answered ${response.status}.`)
  const text = await response.text()
  kept.set(hash, text)
  const oldest = kept.keys().next().value
  if (kept.size > keptAtMost && oldest !== undefined) kept.delete(oldest)
  return text
}

/** The first, the last, and as many between as fit. */
export function evenly<T>(items: readonly T[], atMost: number): readonly T[] {
  if (items.length <= atMost) return items
  return Array.from(
    { length: atMost },
    (_, at) => items[Math.round((at * (items.length - 1)) / (atMost - 1))] as T,
  )
}

interface Contents {
  /** Of each list of files, their texts as lines; undefined until they are there. What was there before stays meanwhile. */
  texts: readonly string[] | undefined
  error: Error | undefined
}

/** The texts of some lists of files, each joined by line ends. */
export function useStepContents(lists: readonly (readonly StepFile[])[]): Contents {
  const wanted = useMemo(() => lists.map((files) => evenly(files, filesAtMost)), [lists])
  const key = wanted.map((files) => files.map(({ hash }) => hash).join(' ')).join('\n')
  const [contents, setContents] = useState<Contents & { lists: number }>({
    texts: undefined,
    error: undefined,
    lists: -1,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key names all that is wanted
  useEffect(() => {
    const stopped = new AbortController()
    const load = async () => {
      const all = wanted.flat()
      for (let at = 0; at < all.length; at += atOnce)
        await Promise.all(all.slice(at, at + atOnce).map((file) => textOf(file, stopped.signal)))
      return Promise.all(
        wanted.map(async (files) =>
          (await Promise.all(files.map((file) => textOf(file, stopped.signal)))).join('\n'),
        ),
      )
    }
    load().then(
      (texts) => {
        if (!stopped.signal.aborted) setContents({ texts, error: undefined, lists: wanted.length })
      },
      (cause: unknown) => {
        if (stopped.signal.aborted) return
        const error = cause instanceof Error ? cause : new Error(String(cause))
        setContents({ texts: undefined, error, lists: wanted.length })
      },
    )
    return () => stopped.abort()
  }, [key])
  return contents.lists === wanted.length ? contents : { texts: undefined, error: undefined }
}

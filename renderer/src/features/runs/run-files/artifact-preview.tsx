import { Button } from '@mantine/core'
import { Download } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { RunArtifact } from '../../../../../core/contract/index.ts'
import { blobUrl } from '../../../client/rpc.ts'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { formatBytes, formatNumber } from '../../../components/format.ts'
import { Markdown } from '../../../components/markdown.tsx'
import { SkeletonRows } from '../../../components/skeleton-rows.tsx'
import { type ArtifactKind, kindOf, lockedPage, mediaTypeOf, rowsOf } from './artifact-kind.ts'

const mediaAtMost = 100_000_000
const textAtMost = 2_000_000
const rowsAtMost = 500

type Content =
  | { kind: 'media'; url: string }
  | { kind: 'text'; text: string }
  | { kind: 'error'; error: Error }

const isMedia = (kind: ArtifactKind): boolean => kind === 'picture' || kind === 'audio'

/** The content of a stored file: a typed address for media, text for the rest. Undefined while it is fetched. */
function useContent(hash: string, path: string): Content | undefined {
  const [content, setContent] = useState<{ hash: string; content: Content }>()
  useEffect(() => {
    const stopped = new AbortController()
    let url: string | undefined
    const load = async (): Promise<Content> => {
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

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

const keyed = <T,>(items: readonly T[]) => items.map((item, place) => ({ key: String(place), item }))

function TableView({ text, path }: { text: string; path: string }) {
  const rows = rowsOf(text, path.toLowerCase().endsWith('.tsv') ? '\t' : ',', rowsAtMost + 2)
  const [head = [], ...body] = rows
  return (
    <>
      <div className="table-frame">
        <table className="plain-table">
          <thead>
            <tr>
              {keyed(head).map(({ key, item }) => (
                <th key={key} scope="col">
                  {item}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {keyed(body.slice(0, rowsAtMost)).map(({ key, item: row }) => (
              <tr key={key}>
                {keyed(row).map(({ key: place, item }) => (
                  <td key={place} title={item}>
                    {item}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {body.length > rowsAtMost && (
        <p className="dim">The first {formatNumber(rowsAtMost)} rows. Save the file to see all of it.</p>
      )}
    </>
  )
}

/** What scrolls must be reachable by keyboard. */
const scrolled = (label: string) => ({ role: 'region', tabIndex: 0, 'aria-label': label })

function TextView({ text, kind, path }: { text: string; kind: ArtifactKind; path: string }) {
  switch (kind) {
    case 'markdown':
      return <Markdown text={text} />
    case 'table':
      return <TableView text={text} path={path} />
    case 'html':
      return <iframe className="artifact-page" title={`Page ${path}`} sandbox="" srcDoc={lockedPage(text)} />
    default:
      return (
        <pre className="artifact-text" {...scrolled(path)}>
          {kind === 'json' ? pretty(text) : text}
        </pre>
      )
  }
}

function Shown({ path, hash, bytes }: { path: string; hash: string; bytes: number }) {
  const content = useContent(hash, path)
  const kind = kindOf(path)
  if (!content) return <SkeletonRows rows={4} height={20} />
  switch (content.kind) {
    case 'error':
      return <ErrorPanel title={`${path} could not be read`} error={content.error} />
    case 'media':
      return kind === 'audio' ? (
        <audio controls src={content.url} aria-label={path}>
          <track kind="captions" />
        </audio>
      ) : (
        <img className="artifact-picture" src={content.url} alt={`${path}, ${formatBytes(bytes)}`} />
      )
    case 'text':
      return <TextView text={content.text} kind={kind} path={path} />
  }
}

/** A file of a run as it can be looked at here, and a way to save it. */
export function ArtifactPreview({ artifact }: { artifact: RunArtifact }) {
  const { path, hash, bytes } = artifact
  if (hash === null) return null
  const kind = kindOf(path)
  const tooLarge = bytes > (isMedia(kind) ? mediaAtMost : textAtMost)
  return (
    <section className="artifact-preview" aria-label={`Preview of ${path}`}>
      <div className="artifact-head">
        <span className="truncate mono" title={path}>
          {path}
        </span>
        <span className="dim tabular">{formatBytes(bytes)}</span>
        <Button
          component="a"
          size="compact-xs"
          variant="default"
          leftSection={<Download size={12} />}
          href={blobUrl(hash)}
          download={path.split('/').at(-1)}
        >
          Save
        </Button>
      </div>
      {kind === 'other' ? (
        <p className="dim">There is no preview of this kind of file.</p>
      ) : tooLarge ? (
        <p className="dim">The file is too large to be shown here. Save it to look at it.</p>
      ) : (
        <Shown key={hash} path={path} hash={hash} bytes={bytes} />
      )}
    </section>
  )
}

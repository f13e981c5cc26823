import { Button } from '@mantine/core'
import { Download } from 'lucide-react'
import type { RunArtifact } from '../../../../../core/contract/index.ts'
import { blobUrl } from '../../../client/rpc.ts'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { formatBytes, formatNumber } from '../../../components/format.ts'
import { keyed } from '../../../components/keyed.ts'
import { Markdown } from '../../../components/markdown.tsx'
import { SkeletonRows } from '../../../components/skeleton-rows.tsx'
import { type ArtifactKind, kindOf, lockedPage, rowsOf } from './artifact-kind.ts'
import { isNotShown, useFileContent } from './file-content.ts'
import { JsonView } from './json-tree/json-tree.tsx'
import { PlainText } from './plain-text.tsx'

const rowsAtMost = 500

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

function TextView({ text, kind, path }: { text: string; kind: ArtifactKind; path: string }) {
  switch (kind) {
    case 'markdown':
      return <Markdown text={text} />
    case 'table':
      return <TableView text={text} path={path} />
    case 'html':
      return <iframe className="artifact-page" title={`Page ${path}`} sandbox="" srcDoc={lockedPage(text)} />
    default:
      return <PlainText label={path} text={text} />
  }
}

/** What a stored file holds, as it can be looked at here. */
export function FileView({ path, hash, bytes }: { path: string; hash: string; bytes: number }) {
  const content = useFileContent(hash, path, bytes)
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
      return kind === 'json' ? (
        <JsonView label={path} text={content.text} cut={content.cut} />
      ) : (
        <TextView text={content.text} kind={kind} path={path} />
      )
  }
}

/** A file of a run as it can be looked at here, and a way to save it. */
export function ArtifactPreview({ artifact }: { artifact: RunArtifact }) {
  const { path, hash, bytes } = artifact
  if (hash === null) return null
  const kind = kindOf(path)
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
      ) : isNotShown(path, bytes) ? (
        <p className="dim">The file is too large to be shown here. Save it to look at it.</p>
      ) : (
        <FileView key={hash} path={path} hash={hash} bytes={bytes} />
      )}
    </section>
  )
}

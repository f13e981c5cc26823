import { ChevronDown, ChevronRight, File, Folder } from 'lucide-react'
import { type KeyboardEvent, useId, useState } from 'react'
import type { RunArtifact } from '../../../../../core/contract/index.ts'
import { call } from '../../../client/rpc.ts'
import { ErrorPanel } from '../../../components/error-panel.tsx'
import { formatBytes } from '../../../components/format.ts'
import { notifyError } from '../../../components/notices.tsx'
import { Section } from '../../../components/section.tsx'
import { useQuery } from '../../../components/use-query.ts'
import { ArtifactPreview } from './artifact-preview.tsx'
import './artifacts.css'

interface Row {
  artifact: RunArtifact
  depth: number
}

type Folders = Record<string, readonly RunArtifact[]>

/** The rows of the tree: folders that are open show what lies in them. */
function rowsIn(artifacts: readonly RunArtifact[], open: Folders, depth = 0): Row[] {
  return artifacts.flatMap((artifact) => {
    const inside = open[artifact.path]
    return [{ artifact, depth }, ...(inside ? rowsIn(inside, open, depth + 1) : [])]
  })
}

/** The files that a run has logged: a tree, whole by keyboard, and the chosen file beside it. */
export function ArtifactBrowser({ runId }: { runId: string }) {
  const root = useQuery(
    'runs.artifacts',
    { runId },
    { refreshOn: (event) => event.type === 'run.changed' && event.runId === runId },
  )
  const [open, setOpen] = useState<Folders>({})
  const [active, setActive] = useState<string | null>(null)
  const id = useId()
  const rows = rowsIn(root.data ?? [], open)
  const place = rows.findIndex(({ artifact }) => artifact.path === active)
  const current = rows[place]?.artifact

  const toggle = async ({ path, isFolder }: RunArtifact, wanted: boolean) => {
    if (!isFolder) return
    const { [path]: known, ...others } = open
    if (!wanted) setOpen(others)
    else if (!known)
      try {
        const inside = await call('runs.artifacts', { runId, folder: path })
        setOpen((before) => ({ ...before, [path]: inside }))
      } catch (cause) {
        notifyError(cause)
      }
  }
  const goTo = (index: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))]
    if (row) setActive(row.artifact.path)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const isOpen = current !== undefined && open[current.path] !== undefined
    if (event.key === 'ArrowDown') goTo(place + 1)
    else if (event.key === 'ArrowUp') goTo(place - 1)
    else if (event.key === 'Home') goTo(0)
    else if (event.key === 'End') goTo(rows.length - 1)
    else if (event.key === 'ArrowRight' && current) void toggle(current, true)
    else if (event.key === 'ArrowLeft' && current) {
      if (isOpen) void toggle(current, false)
      else setActive(current.path.split('/').slice(0, -1).join('/') || current.path)
    } else if ((event.key === 'Enter' || event.key === ' ') && current) void toggle(current, !isOpen)
    else return
    event.preventDefault()
  }

  return (
    <Section title="Artifacts">
      {root.error && <ErrorPanel error={root.error} retry={root.reload} />}
      {root.data?.length === 0 && <p className="dim">This run has logged no files.</p>}
      {rows.length > 0 && (
        <div className="artifacts">
          <div
            className="artifact-tree"
            role="tree"
            aria-label="Artifacts"
            tabIndex={0}
            aria-activedescendant={place >= 0 ? `${id}-${place}` : undefined}
            onKeyDown={onKeyDown}
          >
            {rows.map(({ artifact, depth }, index) => {
              const { path, isFolder, bytes } = artifact
              const isOpen = open[path] !== undefined
              const Chevron = isOpen ? ChevronDown : ChevronRight
              const name = path.split('/').at(-1) ?? path
              return (
                <div
                  key={path}
                  id={`${id}-${index}`}
                  role="treeitem"
                  tabIndex={-1}
                  aria-level={depth + 1}
                  aria-selected={path === active}
                  aria-expanded={isFolder ? isOpen : undefined}
                  style={{ paddingLeft: 8 + depth * 16 }}
                  onClick={() => {
                    setActive(path)
                    void toggle(artifact, !isOpen)
                  }}
                  onKeyDown={onKeyDown}
                >
                  <span className="artifact-chevron">{isFolder && <Chevron size={14} aria-hidden />}</span>
                  {isFolder ? <Folder size={14} aria-hidden /> : <File size={14} aria-hidden />}
                  <span className="truncate" title={path}>
                    {name}
                  </span>{' '}
                  <span className="dim tabular">{formatBytes(bytes)}</span>
                </div>
              )
            })}
          </div>
          {current && !current.isFolder ? (
            <ArtifactPreview artifact={current} />
          ) : (
            <p className="dim artifact-preview">Choose a file to look at it.</p>
          )}
        </div>
      )}
    </Section>
  )
}

import { Button } from '@mantine/core'
import { Split, Wand2 } from 'lucide-react'
import { type KeyboardEvent, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { useQuery } from '../../../components/use-query.ts'
import { SplitDialog } from './split-dialog.tsx'
import { TransformDialog } from './transform-dialog.tsx'
import './versions.css'

interface Tab {
  id: string
  title: string
  /** Of a table, where it has another; null: a table has no such view. */
  tableTitle?: string | null
}

/** The views of a version as tabs, and what makes something new of it. Arrows go from tab to tab. */
export function VersionTabBar({
  versionId,
  tabs: all,
  current,
}: {
  versionId: string
  tabs: readonly Tab[]
  current: string
}) {
  const [, navigate] = useLocation()
  const [dialog, setDialog] = useState<'transform' | 'split' | null>(null)
  const version = useQuery('datasets.version', { versionId })
  const tabs = version.data?.table
    ? all.flatMap(({ id, title, tableTitle = title }) =>
        tableTitle === null ? [] : [{ id, title: tableTitle }],
      )
    : all
  const bar = useRef<HTMLDivElement>(null)
  const open = (id: string) => navigate(id === '' ? `/data/${versionId}` : `/data/${versionId}/${id}`)
  const onKeyDown = (event: KeyboardEvent) => {
    const at = tabs.findIndex(({ id }) => id === current)
    const steps: Record<string, number> = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      Home: 0,
      End: tabs.length - 1,
    }
    const wanted = steps[event.key]
    if (wanted === undefined) return
    event.preventDefault()
    const index = (wanted + tabs.length) % tabs.length
    const tab = tabs[index]
    if (!tab) return
    open(tab.id)
    bar.current?.querySelectorAll<HTMLElement>('[role=tab]')[index]?.focus()
  }
  return (
    <div className="version-bar">
      <div
        ref={bar}
        role="tablist"
        aria-label="Views of this version"
        className="version-tabs"
        onKeyDown={onKeyDown}
      >
        {tabs.map(({ id, title }) => (
          <button
            key={id}
            type="button"
            role="tab"
            className="version-tab"
            aria-selected={id === current}
            tabIndex={id === current ? 0 : -1}
            onClick={() => open(id)}
          >
            {title}
          </button>
        ))}
      </div>
      {version.data && (
        <>
          <span className="dim truncate version-bar-name" title={version.data.datasetName}>
            Version {version.data.number}
            {version.data.tags.length > 0 && ` · ${version.data.tags.join(', ')}`}
          </span>
          <Button
            variant="default"
            size="compact-xs"
            leftSection={<Wand2 size={13} />}
            onClick={() => setDialog('transform')}
          >
            Transform
          </Button>
          <Button
            variant="default"
            size="compact-xs"
            leftSection={<Split size={13} />}
            onClick={() => setDialog('split')}
          >
            Split
          </Button>
          {dialog === 'transform' && (
            <TransformDialog version={version.data} onClose={() => setDialog(null)} />
          )}
          {dialog === 'split' && <SplitDialog version={version.data} onClose={() => setDialog(null)} />}
        </>
      )}
    </div>
  )
}

import { Checkbox } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { CircleDashed, PencilLine, TriangleAlert } from 'lucide-react'
import {
  type DragEvent,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  useEffect,
  useRef,
  useState,
} from 'react'
import type { PageSummary } from '../../../../core/contract/index.ts'
import { rampColour } from '../../components/charts/value-ramp.ts'
import { formatPercent, plural } from '../../components/format.ts'
import { type Selection, selectAll, selectByClick, selectByStep } from '../../components/selection.ts'
import type { Chunks } from '../../components/use-chunks.ts'
import { StoredPicture } from './stored-picture.tsx'

const rowHeight = 56

function PageState({ page }: { page: PageSummary }) {
  if (page.status === 'waiting')
    return (
      <>
        <CircleDashed size={12} aria-hidden /> Waiting
      </>
    )
  if (page.status === 'failed')
    return (
      <>
        <TriangleAlert size={12} aria-hidden /> Could not be read
      </>
    )
  if (page.confidence === null) return 'No text found'
  return (
    <>
      <span className="confidence-dot" style={{ background: rampColour(page.confidence) }} aria-hidden />
      {formatPercent(page.confidence)}
      <span>{plural(page.wordCount, 'word')}</span>
      {page.correctionCount > 0 && (
        <span title={plural(page.correctionCount, 'correction')}>
          <PencilLine size={12} aria-hidden /> {page.correctionCount}
          <span className="visually-hidden"> corrected</span>
        </span>
      )}
    </>
  )
}

/** The pages, newest first, with their state. Selection by mouse and keyboard; `onSelect` gets the new one. */
export function PageList({
  pages,
  selection,
  onSelect,
  onDelete,
  onMove,
  foot,
}: {
  pages: Chunks<PageSummary>
  selection: Selection
  onSelect: (selection: Selection) => void
  onDelete: () => void
  /** A page is to stand before or behind another one. */
  onMove: (pageId: string, to: 'before' | 'behind', other: string) => void
  foot: ReactNode
}) {
  const scroller = useRef<HTMLDivElement>(null)
  const total = pages.total ?? 0
  const rows = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 6,
  })
  const items = rows.getVirtualItems()
  const first = items[0]?.index ?? 0
  const last = items.at(-1)?.index ?? 0
  const { show } = pages
  useEffect(() => show(first, last), [show, first, last])

  const known = Array.from({ length: total }, (_, index) => pages.at(index))
  const ids = known.flatMap((page) => (page ? [page.id] : []))
  const activeIndex = known.findIndex((page) => page?.id === selection.active)
  useEffect(() => {
    if (activeIndex >= 0) rows.scrollToIndex(activeIndex, { align: 'auto' })
  }, [activeIndex, rows])

  /** Alt with an arrow: past its neighbour within the document, or into the document beside it. */
  const moveBy = (step: 1 | -1) => {
    const [page, other] = [known[activeIndex], known[activeIndex + step]]
    if (!page || !other) return
    const within = page.document === other.document
    onMove(page.id, (step === 1) === within ? 'behind' : 'before', other.id)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      event.preventDefault()
      return moveBy(event.key === 'ArrowUp' ? -1 : 1)
    }
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: 8,
      PageUp: -8,
      Home: -1e9,
      End: 1e9,
    }
    const step = steps[event.key]
    if (step !== undefined) onSelect(selectByStep(selection, ids, step, event.shiftKey))
    else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) onSelect(selectAll(selection, ids))
    else if (event.key === 'Delete') onDelete()
    else return
    event.preventDefault()
  }

  const onClick = (event: MouseEvent) => {
    const row = event.target instanceof Element ? event.target.closest('[data-page]') : null
    const id = row?.getAttribute('data-page')
    if (id) onSelect(selectByClick(selection, ids, id, event))
  }

  const [dragged, setDragged] = useState<string | null>(null)
  const [target, setTarget] = useState<{ id: string; to: 'before' | 'behind' } | null>(null)
  const onDragOver = (event: DragEvent) => {
    const row = event.target instanceof Element ? event.target.closest('[data-page]') : null
    const id = row?.getAttribute('data-page')
    if (dragged === null || !row || !id) return
    event.preventDefault()
    const { top, height } = row.getBoundingClientRect()
    const to = event.clientY < top + height / 2 ? 'before' : 'behind'
    setTarget(id === dragged ? null : { id, to })
  }
  const endDrag = () => {
    setDragged(null)
    setTarget(null)
  }
  const onDrop = (event: DragEvent) => {
    if (dragged === null) return
    event.preventDefault()
    if (target) onMove(dragged, target.to, target.id)
    endDrag()
  }

  return (
    <>
      <div className="page-list-head">
        <span className="tabular">{plural(total, 'page')}</span>
        <Checkbox
          aria-label="Select all pages"
          checked={total > 0 && selection.selected.size >= ids.length}
          indeterminate={selection.selected.size > 1 && selection.selected.size < ids.length}
          onChange={(event) =>
            onSelect(
              event.currentTarget.checked
                ? selectAll(selection, ids)
                : { ...selection, selected: new Set(selection.active === null ? [] : [selection.active]) },
            )
          }
        />
      </div>
      <div
        ref={scroller}
        className="page-list"
        role="listbox"
        aria-label="Pages"
        aria-multiselectable
        aria-activedescendant={activeIndex >= 0 ? `page-${selection.active}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onDragOver={onDragOver}
        onDrop={onDrop}
        onDragEnd={endDrag}
      >
        <div role="presentation" style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {items.map((item) => {
            const page = known[item.index]
            const style = { transform: `translateY(${item.start}px)`, height: rowHeight }
            if (!page) return <div key={item.key} role="presentation" className="page-row" style={style} />
            return (
              <div
                key={item.key}
                id={`page-${page.id}`}
                data-page={page.id}
                role="option"
                tabIndex={-1}
                aria-selected={selection.selected.has(page.id)}
                aria-setsize={total}
                aria-posinset={item.index + 1}
                data-active={page.id === selection.active}
                data-starts={item.index > 0 && known[item.index - 1]?.document !== page.document}
                data-drop={target?.id === page.id ? target.to : undefined}
                title="Drag it, or press Alt with an arrow, to put it elsewhere"
                draggable
                onDragStart={(event) => {
                  event.dataTransfer.setData('text/plain', page.name)
                  event.dataTransfer.effectAllowed = 'move'
                  setDragged(page.id)
                }}
                className="page-row"
                style={style}
              >
                <span className="page-row-picture">
                  {page.blob && <StoredPicture key={page.blob} hash={page.blob} size={64} alt="" />}
                </span>
                <span className="page-row-text">
                  <span className="truncate" title={page.name}>
                    {page.name}
                  </span>
                  <span className="page-row-state" data-status={page.status}>
                    <PageState page={page} />
                  </span>
                </span>
              </div>
            )
          })}
        </div>
      </div>
      {foot}
    </>
  )
}

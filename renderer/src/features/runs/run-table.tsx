import { useVirtualizer } from '@tanstack/react-virtual'
import { ChevronDown, ChevronRight } from 'lucide-react'
import { type KeyboardEvent, type MouseEvent, useEffect, useId, useRef, useState } from 'react'
import type { FoundRun } from '../../../../core/contract/index.ts'
import { CellEditor } from './cell-editor.tsx'
import { RunCell } from './run-cell.tsx'
import { colourOfRun, colourTag, isColour } from './run-colour.ts'
import { curveKeyOf, leftsOf, type RunColumn, tagKeyOf } from './run-columns.ts'
import { type RunSort, RunTableHead } from './run-table-head.tsx'
import type { RunTree } from './run-tree.ts'
import { click, move, type Selection, selectAll } from './selection.ts'
import { Sparkline } from './sparkline.tsx'
import type { RunRows } from './use-run-rows.ts'
import type { RunSparks } from './use-run-sparks.ts'

interface RunTableProps {
  tree: RunTree
  opened: ReadonlySet<string>
  onOpened: (opened: ReadonlySet<string>) => void
  rows: RunRows
  sparks: RunSparks
  /** The column that is read for the colours of the runs. */
  colourField: string
  columns: readonly RunColumn[]
  /** px, where a person has set one. */
  widths: Record<string, number>
  /** Stay at the left, as the name does. */
  pinned: readonly string[]
  onWidth: (id: string, width: number | null) => void
  onMove: (id: string, by: number) => void
  sort: RunSort | null
  onSort: (id: string) => void
  selection: Selection
  onSelection: (selection: Selection) => void
  onOpen: (runId: string) => void
  onDelete: () => void
  /** Saves a cell that was edited in place: the name, the note or a tag. */
  onEdit: (run: FoundRun, column: RunColumn, value: string) => void
  now: number
}

const rowHeight = 30
const headHeight = 32
const checkWidth = 36
const aroundSight = 30

/** A table whose rows are selected and keyed is a grid to a screen reader, and takes the focus as a whole. */
const gridProps = (activeRowId: string | undefined) => ({
  role: 'grid',
  tabIndex: 0,
  'aria-multiselectable': true,
  'aria-activedescendant': activeRowId,
})

const isEditable = ({ id }: RunColumn): boolean => id === 'name' || id === 'note' || tagKeyOf(id) !== null

/** The table of runs: virtual rows, one selection, whole by keyboard. */
export function RunTable(props: RunTableProps) {
  const { tree, rows, columns, widths, selection, onSelection, opened } = props
  const ids = tree.rows
  const frame = useRef<HTMLDivElement>(null)
  const grid = useRef<HTMLTableElement>(null)
  const tableId = useId()
  const [editing, setEditing] = useState<{ runId: string; column: string } | null>(null)
  const virtual = useVirtualizer({
    count: ids.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    // A guess until the frame is measured: the first rows are asked for once.
    initialRect: { width: window.innerWidth, height: window.innerHeight },
    scrollPaddingStart: headHeight,
  })
  const widthOf = (column: RunColumn) => widths[column.id] ?? column.width
  const trackOf = (column: RunColumn) =>
    widths[column.id] === undefined
      ? `minmax(${column.width}px, ${column.id === 'name' ? 3 : 1}fr)`
      : `${widths[column.id]}px`
  const template = `${checkWidth}px ${columns.map(trackOf).join(' ')} minmax(0, auto)`
  const width = checkWidth + columns.reduce((sum, column) => sum + widthOf(column), 0)

  const lefts = leftsOf(columns, props.pinned, checkWidth, widthOf)
  const edge = [...lefts.keys()].at(-1)
  const pinnedWidth = columns.reduce(
    (sum, column) => sum + (lefts.has(column.id) ? widthOf(column) : 0),
    checkWidth,
  )

  const items = virtual.getVirtualItems()
  const first = items[0]?.index ?? 0
  const last = items.at(-1)?.index ?? 0
  const { show } = rows
  const { show: showSparks } = props.sparks
  useEffect(() => {
    const around = ids.slice(Math.max(0, first - aroundSight), last + 1 + aroundSight)
    show(around)
    showSparks(around)
  }, [show, showSparks, ids, first, last])

  const activeIndex = selection.active === null ? -1 : ids.indexOf(selection.active)
  useEffect(() => {
    if (activeIndex >= 0) virtual.scrollToIndex(activeIndex)
  }, [activeIndex, virtual])

  const setOpened = (id: string, open: boolean) => {
    const next = new Set(opened)
    if (open) next.add(id)
    else next.delete(id)
    props.onOpened(next)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(((frame.current?.clientHeight ?? 0) - headHeight) / rowHeight) - 1)
    if (event.target instanceof HTMLButtonElement || event.target instanceof HTMLInputElement) {
      if (event.key === 'Enter' || event.key === ' ') return
    }
    const steps = new Map([
      ['ArrowDown', 1],
      ['ArrowUp', -1],
      ['PageDown', page],
      ['PageUp', -page],
      ['Home', -ids.length],
      ['End', ids.length],
    ])
    const by = steps.get(event.key)
    const active = ids[activeIndex]
    if (by !== undefined) onSelection(move(selection, ids, by, event.shiftKey))
    else if (event.key === 'Enter' && active) props.onOpen(active)
    else if (event.key === ' ' && active)
      onSelection(click(selection, ids, active, { toggle: true, extend: false }))
    else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) onSelection(selectAll(selection, ids))
    else if (event.key === 'Escape')
      onSelection({ selected: new Set(), active: selection.active, anchor: selection.active })
    else if (event.key === 'Delete' && selection.selected.size > 0) props.onDelete()
    else if (event.key === 'F2' && active && rows.at(active)) setEditing({ runId: active, column: 'name' })
    else if (event.key === 'ArrowRight' && active && tree.children.has(active)) setOpened(active, true)
    else if (event.key === 'ArrowLeft' && active && opened.has(active)) setOpened(active, false)
    else return
    event.preventDefault()
  }

  const onRowClick = (event: MouseEvent, id: string) =>
    onSelection(click(selection, ids, id, { toggle: event.ctrlKey || event.metaKey, extend: event.shiftKey }))
  const onCellDoubleClick = (event: MouseEvent, id: string, column: RunColumn) => {
    if (column.id === 'name' || !isEditable(column) || !rows.at(id)) return
    event.stopPropagation()
    setEditing({ runId: id, column: column.id })
  }

  const all = ids.length > 0 && selection.selected.size === ids.length
  const cell = (run: FoundRun, column: RunColumn) => {
    const value = rows.cellOf(run.id, column.id)
    if (editing?.runId === run.id && editing.column === column.id)
      return (
        <CellEditor
          label={`${column.title} of ${run.name}`}
          value={value === undefined || value === null ? '' : String(value)}
          onSave={(text) => props.onEdit(run, column, text)}
          onClose={() => {
            setEditing(null)
            grid.current?.focus()
          }}
        />
      )
    const curveKey = curveKeyOf(column.id)
    if (curveKey !== null)
      return <Sparkline spark={props.sparks.of(run.id, curveKey)} name={curveKey} colour={colourOf(run.id)} />
    return <RunCell run={run} column={column} value={value} now={props.now} />
  }
  const colourOf = (id: string) => {
    const chosen = rows.cellOf(id, props.colourField)
    return colourOfRun({ id, tags: isColour(chosen) ? { [colourTag]: chosen } : {} })
  }
  const nameMarks = (id: string, name: string) => {
    const children = tree.children.get(id)
    const isOpen = opened.has(id)
    const Chevron = isOpen ? ChevronDown : ChevronRight
    return (
      <>
        {tree.children.size > 0 && (
          <span
            className="run-table-indent"
            style={{ width: 18 + 16 * (tree.depths.get(id) ?? 0), display: 'inline-block' }}
          >
            {children !== undefined && (
              <button
                type="button"
                tabIndex={-1}
                aria-label={`${isOpen ? 'Hide' : 'Show'} ${children} below ${name}`}
                aria-expanded={isOpen}
                onClick={(event) => {
                  event.stopPropagation()
                  setOpened(id, !isOpen)
                }}
                onDoubleClick={(event) => event.stopPropagation()}
              >
                <Chevron size={14} aria-hidden />
              </button>
            )}
          </span>
        )}
        <span className="run-key" style={{ background: colourOf(id) }} />
      </>
    )
  }

  return (
    // What takes the focus is not left below a pinned column.
    <div ref={frame} className="run-table" style={{ scrollPaddingLeft: pinnedWidth }}>
      <table
        ref={grid}
        {...gridProps(activeIndex >= 0 ? `${tableId}-${selection.active}` : undefined)}
        aria-label="Runs"
        aria-rowcount={ids.length + 1}
        onKeyDown={onKeyDown}
        style={{ minWidth: width }}
      >
        <RunTableHead
          columns={columns}
          template={template}
          lefts={lefts}
          sort={props.sort}
          onSort={props.onSort}
          onWidth={props.onWidth}
          onMove={props.onMove}
          all={all}
          some={selection.selected.size > 0}
          onAll={() => onSelection(all ? { ...selection, selected: new Set() } : selectAll(selection, ids))}
        />
        <tbody style={{ display: 'block', position: 'relative', height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const id = ids[item.index]
            if (id === undefined) return null
            const run = rows.at(id)
            const selected = selection.selected.has(id)
            return (
              <tr
                key={id}
                id={`${tableId}-${id}`}
                className="run-table-row"
                aria-rowindex={item.index + 2}
                aria-selected={selected}
                data-active={id === selection.active}
                style={{
                  gridTemplateColumns: template,
                  transform: `translateY(${item.start}px)`,
                  height: rowHeight,
                }}
                onClick={(event) => onRowClick(event, id)}
                onDoubleClick={() => props.onOpen(id)}
              >
                <td className="run-table-check">
                  <input
                    type="checkbox"
                    tabIndex={-1}
                    aria-label={`Select ${run?.name ?? id}`}
                    checked={selected}
                    onClick={(event) => event.stopPropagation()}
                    onChange={() => onSelection(click(selection, ids, id, { toggle: true, extend: false }))}
                  />
                </td>
                {columns.map((column) => (
                  <td
                    key={column.id}
                    className="truncate"
                    data-kind={column.kind}
                    data-column={column.id}
                    data-pinned={lefts.has(column.id)}
                    data-edge={lefts.size > 1 && column.id === edge}
                    style={{ left: lefts.get(column.id) }}
                    onDoubleClick={(event) => onCellDoubleClick(event, id, column)}
                  >
                    {column.id === 'name' && nameMarks(id, run?.name ?? id)}
                    {run ? cell(run, column) : <span className="run-cell-waits" aria-hidden />}
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

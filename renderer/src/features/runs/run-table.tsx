import { Checkbox } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { type KeyboardEvent, type MouseEvent, useEffect, useId, useRef } from 'react'
import type { Run } from '../../../../core/contract/index.ts'
import { runColour } from '../../components/charts/run-colours.ts'
import { RunCell } from './run-cell.tsx'
import type { RunColumn } from './run-columns.ts'
import { click, move, type Selection, selectAll } from './selection.ts'

interface RunTableProps {
  runs: readonly Run[]
  columns: readonly RunColumn[]
  sort: { id: string; descending: boolean } | null
  onSort: (id: string) => void
  selection: Selection
  onSelection: (selection: Selection) => void
  onOpen: (run: Run) => void
  onDelete: () => void
  now: number
}

const rowHeight = 30
const headHeight = 32

/** A table whose rows are selected and keyed is a grid to a screen reader, and takes the focus as a whole. */
const gridProps = (activeRowId: string | undefined) => ({
  role: 'grid',
  tabIndex: 0,
  'aria-multiselectable': true,
  'aria-activedescendant': activeRowId,
})

/** The table of runs: virtual rows, one selection, whole by keyboard. */
export function RunTable(props: RunTableProps) {
  const { runs, columns, selection, onSelection } = props
  const frame = useRef<HTMLDivElement>(null)
  const tableId = useId()
  const ids = runs.map((run) => run.id)
  const rows = useVirtualizer({
    count: runs.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollPaddingStart: headHeight,
  })
  const template = `36px ${columns.map((column) => `minmax(${column.width}px, ${column.id === 'name' ? 3 : 1}fr)`).join(' ')}`
  const width = 36 + columns.reduce((sum, column) => sum + column.width, 0)

  const activeIndex = selection.active === null ? -1 : ids.indexOf(selection.active)
  useEffect(() => {
    if (activeIndex >= 0) rows.scrollToIndex(activeIndex)
  }, [activeIndex, rows])

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
      ['Home', -runs.length],
      ['End', runs.length],
    ])
    const by = steps.get(event.key)
    const active = runs[activeIndex]
    if (by !== undefined) onSelection(move(selection, ids, by, event.shiftKey))
    else if (event.key === 'Enter' && active) props.onOpen(active)
    else if (event.key === ' ' && active)
      onSelection(click(selection, ids, active.id, { toggle: true, extend: false }))
    else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) onSelection(selectAll(selection, ids))
    else if (event.key === 'Escape')
      onSelection({ selected: new Set(), active: selection.active, anchor: selection.active })
    else if (event.key === 'Delete' && selection.selected.size > 0) props.onDelete()
    else return
    event.preventDefault()
  }

  const onRowClick = (event: MouseEvent, run: Run) =>
    onSelection(
      click(selection, ids, run.id, { toggle: event.ctrlKey || event.metaKey, extend: event.shiftKey }),
    )

  const all = runs.length > 0 && selection.selected.size === runs.length
  return (
    <div ref={frame} className="run-table">
      <table
        {...gridProps(activeIndex >= 0 ? `${tableId}-${selection.active}` : undefined)}
        aria-label="Runs"
        aria-rowcount={runs.length + 1}
        onKeyDown={onKeyDown}
        style={{ minWidth: width }}
      >
        <thead className="run-table-top">
          <tr className="run-table-head" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
            <th scope="col" className="run-table-check">
              <Checkbox
                aria-label="Select all runs"
                checked={all}
                indeterminate={!all && selection.selected.size > 0}
                onChange={() =>
                  onSelection(all ? { ...selection, selected: new Set() } : selectAll(selection, ids))
                }
              />
            </th>
            {columns.map((column) => {
              const sorted = props.sort?.id === column.id ? props.sort : null
              const order = sorted ? (sorted.descending ? 'descending' : 'ascending') : 'none'
              const Arrow = sorted?.descending ? ArrowDown : ArrowUp
              return (
                <th key={column.id} scope="col" aria-sort={order} data-kind={column.kind}>
                  <button
                    type="button"
                    className="truncate"
                    title={column.title}
                    onClick={() => props.onSort(column.id)}
                  >
                    {column.title}
                  </button>
                  {sorted && <Arrow size={12} aria-hidden />}
                </th>
              )
            })}
          </tr>
        </thead>
        <tbody style={{ display: 'block', position: 'relative', height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map((item) => {
            const run = runs[item.index]
            if (!run) return null
            const selected = selection.selected.has(run.id)
            return (
              <tr
                key={run.id}
                id={`${tableId}-${run.id}`}
                className="run-table-row"
                aria-rowindex={item.index + 2}
                aria-selected={selected}
                data-active={run.id === selection.active}
                style={{
                  gridTemplateColumns: template,
                  transform: `translateY(${item.start}px)`,
                  height: rowHeight,
                }}
                onClick={(event) => onRowClick(event, run)}
                onDoubleClick={() => props.onOpen(run)}
              >
                <td className="run-table-check">
                  <Checkbox
                    tabIndex={-1}
                    aria-label={`Select ${run.name}`}
                    checked={selected}
                    onClick={(event) => event.stopPropagation()}
                    onChange={() =>
                      onSelection(click(selection, ids, run.id, { toggle: true, extend: false }))
                    }
                  />
                </td>
                {columns.map((column) => (
                  <td key={column.id} className="truncate" data-kind={column.kind}>
                    {column.id === 'name' && (
                      <span className="run-key" style={{ background: runColour(run.id) }} />
                    )}
                    <RunCell run={run} column={column} now={props.now} />
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

import { Checkbox } from '@mantine/core'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { type DragEvent, type KeyboardEvent, type PointerEvent, useState } from 'react'
import { type RunColumn, sortFieldOf } from './run-columns.ts'

export interface RunSort {
  id: string
  descending: boolean
}

interface HeadProps {
  columns: readonly RunColumn[]
  template: string
  /** px, of the columns that stay at the left. */
  lefts: ReadonlyMap<string, number>
  sort: RunSort | null
  onSort: (id: string) => void
  /** px; null gives the column its usual width again. */
  onWidth: (id: string, width: number | null) => void
  onMove: (id: string, by: number) => void
  all: boolean
  some: boolean
  onAll: () => void
}

const least = 56
const keyStep = 16
const dragType = 'application/x-glyphlab-column'

/** Draws a column wider or narrower; a double click gives it its usual width. */
function ResizeHandle({ column, onWidth }: { column: RunColumn; onWidth: HeadProps['onWidth'] }) {
  const [from, setFrom] = useState<{ x: number; width: number } | null>(null)
  const onPointerDown = (event: PointerEvent<HTMLSpanElement>) => {
    const cell = event.currentTarget.parentElement
    if (!cell || event.button !== 0) return
    event.preventDefault()
    event.currentTarget.setPointerCapture(event.pointerId)
    setFrom({ x: event.clientX, width: cell.getBoundingClientRect().width })
  }
  return (
    <span
      className="run-table-resize"
      aria-hidden
      data-active={from !== null}
      onPointerDown={onPointerDown}
      onPointerMove={(event) =>
        from && onWidth(column.id, Math.max(least, Math.round(from.width + event.clientX - from.x)))
      }
      onPointerUp={() => setFrom(null)}
      onDoubleClick={() => onWidth(column.id, null)}
    />
  )
}

/** The head of the run table: sorts, widens and moves columns, by pointer and by keyboard. */
export function RunTableHead(props: HeadProps) {
  const { columns, sort, onMove, onWidth } = props
  const [target, setTarget] = useState<string | null>(null)
  const placeOf = (id: string) => columns.findIndex((column) => column.id === id)
  const onKeyDown = (event: KeyboardEvent<HTMLElement>, column: RunColumn) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (by === 0 || !event.altKey) return
    event.preventDefault()
    event.stopPropagation()
    const width = event.currentTarget.closest('th')?.getBoundingClientRect().width ?? column.width
    if (event.shiftKey) onWidth(column.id, Math.max(least, Math.round(width) + by * keyStep))
    else onMove(column.id, by)
  }
  const onDrop = (event: DragEvent, onto: string) => {
    const id = event.dataTransfer.getData(dragType)
    setTarget(null)
    if (id === '') return
    event.preventDefault()
    onMove(id, placeOf(onto) - placeOf(id))
  }
  return (
    <thead className="run-table-top">
      <tr className="run-table-head" aria-rowindex={1} style={{ gridTemplateColumns: props.template }}>
        <th scope="col" className="run-table-check">
          <Checkbox
            aria-label="Select all runs"
            checked={props.all}
            indeterminate={!props.all && props.some}
            onChange={props.onAll}
          />
        </th>
        {columns.map((column) => {
          const sorted = sort?.id === sortFieldOf(column.id) ? sort : null
          const order = sorted ? (sorted.descending ? 'descending' : 'ascending') : 'none'
          const Arrow = sorted?.descending ? ArrowDown : ArrowUp
          const movable = column.id !== 'name'
          return (
            <th
              key={column.id}
              scope="col"
              aria-sort={order}
              data-kind={column.kind}
              data-column={column.id}
              data-pinned={props.lefts.has(column.id)}
              style={{ left: props.lefts.get(column.id) }}
              data-target={target === column.id}
              draggable={movable}
              onDragStart={(event) => event.dataTransfer.setData(dragType, column.id)}
              onDragOver={(event) => {
                if (!movable || !event.dataTransfer.types.includes(dragType)) return
                event.preventDefault()
                setTarget(column.id)
              }}
              onDragLeave={() => setTarget(null)}
              onDrop={(event) => onDrop(event, column.id)}
            >
              <button
                type="button"
                className="truncate"
                title={`${column.title}\nAlt+← →: move. Alt+Shift+← →: width.`}
                onClick={() => props.onSort(column.id)}
                onKeyDown={(event) => onKeyDown(event, column)}
              >
                {column.title}
              </button>
              {sorted && <Arrow size={12} aria-hidden />}
              <ResizeHandle column={column} onWidth={onWidth} />
            </th>
          )
        })}
      </tr>
    </thead>
  )
}

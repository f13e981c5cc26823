import { ArrowDown, ArrowUp } from 'lucide-react'
import { type UIEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import type { TableCell, TableColumn, TableFacts, TableRow } from '../../../../../core/contract/index.ts'
import { formatNumber } from '../../../components/format.ts'
import { tallRows } from '../../../components/tall-rows.ts'
import type { Chunks } from '../../../components/use-chunks.ts'
import { subsetWords } from '../subsets.ts'

const rowHeight = 28
/** The sticky row of names, as `table.css` has it, with its line, px. */
const headHeight = 33
const overscan = 12
const nameWidth = 170
const subsetWidth = 90

export interface RowOrder {
  /** A column's name, or how all samples are sorted. */
  by: { column: string } | { sort: 'path' | 'label' | 'value' }
  descending: boolean
}

interface Head {
  key: string
  title: string
  width: number
  number: boolean
  by: RowOrder['by'] | null
}

/** `place`: which of a row's cells is the column's. */
export type ShownColumn = TableColumn & { place: number }

function headsOf(columns: readonly ShownColumn[], target: TableFacts['target']): Head[] {
  const goal: Head[] = target
    ? [
        {
          key: 'target',
          title: target.name,
          width: 120,
          number: target.kind === 'number',
          by: { sort: target.kind === 'number' ? 'value' : 'label' },
        },
      ]
    : []
  return [
    { key: 'name', title: 'Row', width: nameWidth, number: false, by: { sort: 'path' } },
    ...goal,
    ...columns.map(({ name, kind }) => ({
      key: `column ${name}`,
      title: name,
      width: kind === 'text' ? 220 : Math.min(200, Math.max(96, 28 + name.length * 7)),
      number: kind === 'numeric',
      by: { column: name },
    })),
    { key: 'subset', title: 'Subset', width: subsetWidth, number: false, by: null },
  ]
}

function Cell({ cell, number }: { cell: TableCell; number: boolean }) {
  if (cell === null) return <span className="row-missing">missing</span>
  if (number && typeof cell === 'number') return <span title={String(cell)}>{formatNumber(cell)}</span>
  return <>{String(cell)}</>
}

const isSame = (a: RowOrder['by'], b: RowOrder['by']): boolean => JSON.stringify(a) === JSON.stringify(b)

/** The rows of a table version: fetched and drawn as they come into view, sorted by a click on a column's name. */
export function RowTable({
  name,
  columns,
  target,
  rows,
  total,
  order,
  onOrder,
}: {
  name: string
  columns: readonly ShownColumn[]
  target: TableFacts['target']
  rows: Chunks<TableRow>
  total: number
  order: RowOrder
  onOrder: (order: RowOrder) => void
}) {
  const frame = useRef<HTMLDivElement>(null)
  const heads = headsOf(columns, target)
  const template = heads.map(({ width }) => `minmax(${width}px, 1fr)`).join(' ')
  const width = heads.reduce((sum, head) => sum + head.width, 0)
  const [viewHeight, setViewHeight] = useState(0)
  const [scrollTop, setScrollTop] = useState(0)
  useLayoutEffect(() => {
    const element = frame.current
    if (!element) return
    const measure = () => setViewHeight(Math.max(0, element.clientHeight - headHeight))
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  const tall = useMemo(
    () => tallRows({ count: total, rowHeight, padding: 0, viewHeight }),
    [total, viewHeight],
  )
  const [first, last] = tall.range(scrollTop, overscan)
  const onScroll = (event: UIEvent) => {
    const { scrollTop: top } = event.currentTarget
    const [next, end] = tall.range(top, overscan)
    // Drawn before the browser paints, and only when other rows come into view.
    if (tall.scale > 1 || next !== first || end !== last) flushSync(() => setScrollTop(top))
  }
  const { show } = rows
  useEffect(() => show(first, Math.max(first, last)), [show, first, last])

  return (
    <div ref={frame} className="row-table" onScroll={onScroll}>
      <table
        aria-label={`Rows of ${name}`}
        aria-rowcount={total + 1}
        aria-colcount={heads.length}
        style={{ minWidth: width }}
      >
        <thead>
          <tr aria-rowindex={1} style={{ gridTemplateColumns: template }}>
            {heads.map(({ key, title, by, number }) => {
              const sorted = by !== null && isSame(by, order.by)
              const Arrow = order.descending ? ArrowDown : ArrowUp
              return (
                <th
                  key={key}
                  scope="col"
                  data-number={number || undefined}
                  data-target={key === 'target' || undefined}
                  aria-sort={sorted ? (order.descending ? 'descending' : 'ascending') : 'none'}
                >
                  {by === null ? (
                    title
                  ) : (
                    <button
                      type="button"
                      className="truncate"
                      title={title}
                      onClick={() => onOrder({ by, descending: sorted ? !order.descending : false })}
                    >
                      {title}
                    </button>
                  )}
                  {sorted && <Arrow size={12} aria-hidden />}
                </th>
              )
            })}
          </tr>
        </thead>
        <tbody style={{ height: tall.height }}>
          {Array.from({ length: last - first + 1 }, (_, index) => first + index).map((position) => {
            const row = rows.at(position)
            return (
              <tr
                key={position}
                aria-rowindex={position + 2}
                style={{
                  gridTemplateColumns: template,
                  height: rowHeight,
                  transform: `translateY(${tall.top(position, scrollTop)}px)`,
                }}
              >
                {row && (
                  <>
                    <td className="truncate" title={row.path}>
                      {row.path}
                    </td>
                    {target && (
                      <td
                        className="truncate"
                        data-target
                        data-number={target.kind === 'number' || undefined}
                      >
                        <Cell
                          cell={target.kind === 'number' ? row.value : row.label || null}
                          number={target.kind === 'number'}
                        />
                      </td>
                    )}
                    {columns.map((column) => (
                      <td
                        key={column.name}
                        className="truncate"
                        data-number={column.kind === 'numeric' || undefined}
                      >
                        <Cell cell={row.cells[column.place] ?? null} number={column.kind === 'numeric'} />
                      </td>
                    ))}
                    <td>{subsetWords[row.subset]}</td>
                  </>
                )}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

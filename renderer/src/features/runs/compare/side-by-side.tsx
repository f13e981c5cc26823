import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useState } from 'react'
import { Link } from 'wouter'
import type { Run } from '../../../../../core/contract/index.ts'
import { colourOfRun } from '../run-colour.ts'

export interface SideRow {
  key: string
  /** Of the run at a place. */
  cell: (index: number) => ReactNode
  title?: (index: number) => string | undefined
}

/** More runs than this get columns of one width, of which only those on view are made. */
const allUpTo = 30
const columnWidth = 176
const headWidth = 200

/** One row a fact, one column a run. */
export function SideBySide({
  runs,
  head,
  rows,
}: {
  runs: readonly Run[]
  head: string
  rows: readonly SideRow[]
}) {
  const [frame, setFrame] = useState<HTMLDivElement | null>(null)
  const isWide = runs.length > allUpTo
  const columns = useVirtualizer({
    horizontal: true,
    enabled: isWide,
    count: runs.length,
    getScrollElement: () => frame,
    estimateSize: () => columnWidth,
    scrollMargin: headWidth,
    overscan: 4,
  })
  const onView = isWide ? columns.getVirtualItems().map(({ index }) => index) : [...runs.keys()]
  const before = isWide ? (onView[0] ?? 0) * columnWidth : 0
  const after = isWide ? (runs.length - 1 - (onView.at(-1) ?? -1)) * columnWidth : 0
  const gap = (width: number) => (width > 0 ? <td aria-hidden /> : null)
  return (
    <div className="table-frame" ref={setFrame}>
      <table
        className="plain-table compare-table"
        aria-colcount={runs.length + 1}
        {...(isWide
          ? { style: { tableLayout: 'fixed', width: headWidth + runs.length * columnWidth } as const }
          : {})}
      >
        {isWide && (
          <colgroup>
            <col style={{ width: headWidth }} />
            {before > 0 && <col style={{ width: before }} />}
            {onView.map((index) => (
              <col key={index} style={{ width: columnWidth }} />
            ))}
            {after > 0 && <col style={{ width: after }} />}
          </colgroup>
        )}
        <thead>
          <tr>
            <th scope="col" aria-colindex={1}>
              {head}
            </th>
            {gap(before)}
            {onView.map((index) => {
              const run = runs[index]
              return (
                run && (
                  <th key={run.id} scope="col" aria-colindex={index + 2}>
                    <span className="run-key" style={{ background: colourOfRun(run) }} />
                    <Link href={`/runs/${run.id}`} title={run.name}>
                      {run.name}
                    </Link>
                  </th>
                )
              )
            })}
            {gap(after)}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cell, title }) => (
            <tr key={key}>
              <th scope="row" title={isWide ? key : undefined}>
                {key}
              </th>
              {gap(before)}
              {onView.map((index) => (
                <td key={runs[index]?.id} title={title?.(index)}>
                  {cell(index)}
                </td>
              ))}
              {gap(after)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

import type { ReactNode } from 'react'
import { formatNumber } from '../../../components/format.ts'

/** Rows are what a sample is, columns what it was taken for; darker is a larger part of the row. */
export function ConfusionTable(props: {
  caption: string
  labels: readonly string[]
  /** `[actual][predicted]` */
  matrix: readonly (readonly number[])[]
  /** What stands in a cell that is not empty: its count, without this. */
  cell?: (actual: number, predicted: number, count: number) => ReactNode
}) {
  const { labels, matrix, cell = (_row, _column, count) => count } = props
  return (
    <div className="table-frame">
      <table className="confusion" data-many={labels.length > 20}>
        <caption className="visually-hidden">
          {props.caption}: rows are actual, columns predicted classes
        </caption>
        <thead>
          <tr>
            <th scope="col" className="dim">
              actual \ predicted
            </th>
            {labels.map((label) => (
              <th key={label} scope="col" title={label}>
                {label}
              </th>
            ))}
            <th scope="col">Recall</th>
          </tr>
        </thead>
        <tbody>
          {labels.map((actual, row) => {
            const counts = matrix[row] ?? []
            const total = counts.reduce((sum, count) => sum + count, 0)
            return (
              <tr key={actual}>
                <th scope="row" title={actual}>
                  {actual}
                </th>
                {labels.map((predicted, column) => {
                  const count = counts[column] ?? 0
                  const share = total === 0 ? 0 : count / total
                  return (
                    <td
                      key={predicted}
                      title={`${actual} taken for ${predicted}: ${count} of ${total}`}
                      data-zero={count === 0}
                      style={{ '--share': share } as Record<string, number>}
                    >
                      {count === 0 ? '·' : cell(row, column, count)}
                    </td>
                  )
                })}
                <td className="confusion-recall">
                  {total === 0 ? 'no samples' : formatNumber((counts[row] ?? 0) / total)}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

import { useVirtualizer } from '@tanstack/react-virtual'
import { useState } from 'react'
import type { LabelCount } from '../../../../../core/contract/index.ts'
import { formatNumber } from '../../../components/format.ts'
import { subsets, subsetWords } from '../subsets.ts'

const rowHeight = 24

/** How many pictures of each class go into each subset, with the sums; any number of classes. */
export function CountsTable({ labels, name }: { labels: readonly LabelCount[]; name: string }) {
  const [scroller, setScroller] = useState<HTMLDivElement | null>(null)
  const rows = useVirtualizer({
    count: labels.length,
    getScrollElement: () => scroller,
    estimateSize: () => rowHeight,
    overscan: 8,
  })
  const shown = rows.getVirtualItems()
  const above = shown[0]?.start ?? 0
  const below = rows.getTotalSize() - (shown.at(-1)?.end ?? 0)
  const sum = (of: (label: LabelCount) => number) =>
    formatNumber(labels.reduce((total, label) => total + of(label), 0))
  return (
    <div ref={setScroller} className="counts">
      <table aria-label={name} aria-rowcount={labels.length + 2}>
        <thead>
          <tr>
            <th scope="col">Class</th>
            {subsets.map((subset) => (
              <th scope="col" key={subset}>
                {subsetWords[subset]}
              </th>
            ))}
            <th scope="col">All</th>
          </tr>
        </thead>
        <tbody>
          {above > 0 && <tr aria-hidden style={{ height: above }} />}
          {shown.map(({ index }) => {
            const label = labels[index]
            if (!label) return null
            return (
              <tr key={label.label}>
                <th scope="row" title={label.label}>
                  {label.label === '' ? <em>no class</em> : label.label}
                </th>
                {subsets.map((subset) => (
                  <td key={subset} data-none={label.counts[subset] === 0}>
                    {formatNumber(label.counts[subset])}
                  </td>
                ))}
                <td>{formatNumber(label.total)}</td>
              </tr>
            )
          })}
          {below > 0 && <tr aria-hidden style={{ height: below }} />}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">All</th>
            {subsets.map((subset) => (
              <td key={subset}>{sum(({ counts }) => counts[subset])}</td>
            ))}
            <td>{sum(({ total }) => total)}</td>
          </tr>
        </tfoot>
      </table>
    </div>
  )
}

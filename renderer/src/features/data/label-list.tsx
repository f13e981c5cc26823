import { TextInput } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { Search } from 'lucide-react'
import { type ReactNode, useRef, useState } from 'react'
import type { LabelCount } from '../../../../core/contract/index.ts'
import { formatNumber } from '../../components/format.ts'
import { subsets, subsetWords } from './subsets.ts'

const rowHeight = 36

function SplitBar({ label, largest }: { label: LabelCount; largest: number }) {
  return (
    <span className="split-bar" aria-hidden>
      {subsets.map((subset) => (
        <span
          key={subset}
          data-subset={subset}
          style={{ width: `${(label.counts[subset] / Math.max(1, largest)) * 100}%` }}
        />
      ))}
    </span>
  )
}

const labelFacts = (label: LabelCount): string =>
  `${label.label}: ${subsets.map((subset) => `${subsetWords[subset]} ${label.counts[subset]}`).join(', ')}`

/** The classes with their counts per subset; a click filters by one, with Ctrl or Cmd by several. */
export function LabelList({
  labels,
  chosen,
  onToggle,
  keys,
  children,
}: {
  labels: LabelCount[]
  chosen: readonly string[]
  onToggle: (label: string, add: boolean) => void
  /** The key that sets each class. */
  keys: ReadonlyMap<string, string>
  children?: ReactNode
}) {
  const scroller = useRef<HTMLDivElement>(null)
  const [wanted, setWanted] = useState('')
  const shown = labels.filter(({ label }) => label.toLowerCase().includes(wanted.toLowerCase()))
  const largest = Math.max(...labels.map(({ total }) => total))
  const rows = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
  })
  return (
    <>
      <div className="label-head">
        {labels.length > 12 ? (
          <TextInput
            aria-label="Find a class"
            placeholder={`Find among ${formatNumber(labels.length)} classes`}
            leftSection={<Search size={14} />}
            value={wanted}
            onChange={(event) => setWanted(event.currentTarget.value)}
          />
        ) : (
          <span className="dim">{labels.length === 1 ? '1 class' : `${labels.length} classes`}</span>
        )}
        <div className="split-legend">
          {subsets.map((subset) => (
            <span key={subset}>
              <span className="split-swatch" data-subset={subset} aria-hidden />
              {subsetWords[subset]}
            </span>
          ))}
        </div>
      </div>
      <div ref={scroller} className="label-list">
        <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {rows.getVirtualItems().map((row) => {
            const label = shown[row.index]
            if (!label) return null
            return (
              <button
                key={label.label}
                type="button"
                className="label-row"
                aria-pressed={chosen.includes(label.label)}
                title={labelFacts(label)}
                style={{ transform: `translateY(${row.start}px)`, height: rowHeight }}
                onClick={(event) => onToggle(label.label, event.ctrlKey || event.metaKey)}
              >
                <span className="label-name">
                  {keys.has(label.label) && (
                    <kbd className="label-key" title={`Key ${keys.get(label.label)} sets this class`}>
                      {keys.get(label.label)}
                    </kbd>
                  )}
                  <span className="truncate">{label.label === '' ? '(no class)' : label.label}</span>
                </span>
                <span className="tabular">{formatNumber(label.total)}</span>
                <SplitBar label={label} largest={largest} />
              </button>
            )
          })}
        </div>
        {shown.length === 0 && <p className="label-none dim">No class has this in its name.</p>}
      </div>
      {children}
    </>
  )
}

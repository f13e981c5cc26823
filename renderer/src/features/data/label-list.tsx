import { TextInput } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { Search } from 'lucide-react'
import { type ReactNode, useRef, useState } from 'react'
import type { LabelCount } from '../../../../core/contract/index.ts'
import { formatNumber, plural } from '../../components/format.ts'
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

type Row = { kind: 'picture' | 'box'; label: LabelCount } | { kind: 'head' }

/** The classes of pictures, then those of boxes, under a heading of their own. */
function rowsOf(labels: LabelCount[], boxLabels: LabelCount[], wanted: string): Row[] {
  const named = (kind: 'picture' | 'box', all: LabelCount[]) =>
    all
      .filter(({ label }) => label.toLowerCase().includes(wanted.toLowerCase()))
      .map((label): Row => ({ kind, label }))
  const boxes = named('box', boxLabels)
  return [...named('picture', labels), ...(boxes.length > 0 ? [{ kind: 'head' } as const] : []), ...boxes]
}

const largestOf = (labels: LabelCount[]): number => Math.max(0, ...labels.map(({ total }) => total))

/**
 * The classes with their counts per subset; a click filters by one, with Ctrl or Cmd by several. Classes of boxes count
 * boxes.
 */
export function LabelList({
  labels,
  boxLabels,
  chosen,
  chosenBoxes,
  onToggle,
  onToggleBox,
  keys,
  children,
}: {
  labels: LabelCount[]
  boxLabels: LabelCount[]
  chosen: readonly string[]
  chosenBoxes: readonly string[]
  onToggle: (label: string, add: boolean) => void
  onToggleBox: (label: string, add: boolean) => void
  /** The key that sets each class. */
  keys: ReadonlyMap<string, string>
  children?: ReactNode
}) {
  const scroller = useRef<HTMLDivElement>(null)
  const [wanted, setWanted] = useState('')
  const shown = rowsOf(labels, boxLabels, wanted)
  const largest = { picture: largestOf(labels), box: largestOf(boxLabels) }
  const classCount = new Set([...labels, ...boxLabels].flatMap(({ label }) => label || [])).size
  const rows = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
  })
  return (
    <>
      <div className="label-head">
        {classCount > 12 ? (
          <TextInput
            aria-label="Find a class"
            placeholder={`Find among ${formatNumber(classCount)} classes`}
            leftSection={<Search size={14} />}
            value={wanted}
            onChange={(event) => setWanted(event.currentTarget.value)}
          />
        ) : (
          <span className="dim">{plural(labels.length, 'class', 'classes')}</span>
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
            const entry = shown[row.index]
            if (!entry) return null
            const style = { transform: `translateY(${row.start}px)`, height: rowHeight }
            if (entry.kind === 'head')
              return (
                <h3 key="boxes" className="label-row label-part" style={style}>
                  Boxes
                </h3>
              )
            const { kind, label } = entry
            const [pressed, toggle] = kind === 'box' ? [chosenBoxes, onToggleBox] : [chosen, onToggle]
            return (
              <button
                key={`${kind} ${label.label}`}
                type="button"
                className="label-row"
                aria-pressed={pressed.includes(label.label)}
                title={kind === 'box' ? `Boxes of ${labelFacts(label)}` : labelFacts(label)}
                style={style}
                onClick={(event) => toggle(label.label, event.ctrlKey || event.metaKey)}
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
                <SplitBar label={label} largest={largest[kind]} />
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

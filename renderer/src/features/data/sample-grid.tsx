import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type MouseEvent, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { Sample } from '../../../../core/contract/index.ts'
import type { Chunks } from '../../components/use-chunks.ts'
import { samplePicture, showsPixels } from './sample-picture.ts'
import { subsetWords } from './subsets.ts'

const gap = 6
const margin = 12
const captionHeight = 18

interface SampleGridProps {
  name: string
  samples: Chunks<Sample>
  total: number
  /** Least side of a cell in px; cells grow to fill the row. */
  leastSide: number
  /** Position in the list of the sample that the keyboard is on; null at first. */
  active: number | null
  onActive: (position: number) => void
  onOpen: (position: number) => void
}

/** Pictures in a virtual grid: only what is on view is in the document, and asked for. */
export function SampleGrid({ name, samples, total, leastSide, active, onActive, onOpen }: SampleGridProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    const element = scroller.current
    if (!element) return
    setWidth(element.clientWidth)
    const observer = new ResizeObserver(() => setWidth(element.clientWidth))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const caption = leastSide >= 88 ? captionHeight : 0
  const columns = Math.max(1, Math.floor((width - 2 * margin + gap) / (leastSide + gap)))
  const side = Math.max(leastSide, Math.floor((width - 2 * margin + gap) / columns) - gap)
  const rowHeight = side + caption + gap
  const rows = useVirtualizer({
    count: width === 0 ? 0 : Math.ceil(total / columns),
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 3,
    paddingStart: margin,
    paddingEnd: margin,
  })
  // The virtualizer keeps measured sizes; a new size of the cells makes them wrong.
  useLayoutEffect(() => {
    if (rowHeight > 0) rows.measure()
  }, [rows, rowHeight])

  const items = rows.getVirtualItems()
  const firstRow = items[0]?.index ?? 0
  const lastRow = items.at(-1)?.index ?? 0
  const { show } = samples
  useEffect(() => show(firstRow * columns, (lastRow + 1) * columns - 1), [show, firstRow, lastRow, columns])

  useEffect(() => {
    if (active !== null) rows.scrollToIndex(Math.floor(active / columns), { align: 'auto' })
  }, [active, columns, rows])

  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight)) * columns
    const steps: Record<string, number> = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: columns,
      ArrowUp: -columns,
      PageDown: page,
      PageUp: -page,
      Home: -total,
      End: total,
    }
    const step = steps[event.key]
    if (step !== undefined) {
      const next = active === null && event.key !== 'End' ? 0 : (active ?? 0) + step
      onActive(Math.min(total - 1, Math.max(0, next)))
    } else if (event.key === 'Enter' && active !== null) onOpen(active)
    else return
    event.preventDefault()
  }
  const positionOf = (target: EventTarget | null): number | null => {
    const cell = target instanceof Element ? target.closest('[data-position]') : null
    return cell ? Number(cell.getAttribute('data-position')) : null
  }
  const onClick = (event: MouseEvent) => {
    const position = positionOf(event.target)
    if (position !== null) onActive(position)
  }
  const onDoubleClick = (event: MouseEvent) => {
    const position = positionOf(event.target)
    if (position !== null) onOpen(position)
  }

  const activeOnView = active !== null && active >= firstRow * columns && active < (lastRow + 1) * columns
  return (
    <div
      ref={scroller}
      className="sample-grid"
      role="listbox"
      aria-label={`Pictures of ${name}`}
      aria-activedescendant={activeOnView ? `sample-${active}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onDoubleClick={onDoubleClick}
    >
      <div role="presentation" style={{ height: rows.getTotalSize(), position: 'relative' }}>
        {items.map((row) => (
          <div
            key={row.key}
            role="presentation"
            className="sample-row"
            style={{ transform: `translateY(${row.start}px)`, gap, paddingLeft: margin }}
          >
            {Array.from({ length: Math.min(columns, total - row.index * columns) }, (_, column) => {
              const position = row.index * columns + column
              return (
                <SampleCell
                  key={position}
                  position={position}
                  total={total}
                  sample={samples.at(position)}
                  side={side}
                  caption={caption}
                  active={position === active}
                />
              )
            })}
          </div>
        ))}
      </div>
    </div>
  )
}

function SampleCell({
  position,
  total,
  sample,
  side,
  caption,
  active,
}: {
  position: number
  total: number
  sample: Sample | undefined
  side: number
  caption: number
  active: boolean
}) {
  return (
    <div
      id={`sample-${position}`}
      role="option"
      tabIndex={-1}
      aria-selected={active}
      aria-setsize={total}
      aria-posinset={position + 1}
      aria-label={sample ? `${sample.path}, ${sample.label}, ${subsetWords[sample.subset]}` : 'Loading'}
      data-position={position}
      className="sample-cell"
      title={sample?.path}
      style={{ width: side, height: side + caption }}
    >
      <span className="sample-cell-picture" style={{ height: side }}>
        {sample && (
          <img
            src={samplePicture(sample, side)}
            alt=""
            loading="lazy"
            decoding="async"
            data-pixels={showsPixels(sample, side)}
          />
        )}
      </span>
      {caption > 0 && <span className="sample-cell-caption truncate">{sample?.label}</span>}
    </div>
  )
}

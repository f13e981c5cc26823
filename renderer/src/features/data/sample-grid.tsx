import {
  type KeyboardEvent,
  type MouseEvent,
  memo,
  type UIEvent,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { flushSync } from 'react-dom'
import type { BrowsedSample } from '../../../../core/contract/index.ts'
import { plural } from '../../components/format.ts'
import type { Modifiers } from '../../components/selection.ts'
import { tallRows } from '../../components/tall-rows.ts'
import type { Chunks } from '../../components/use-chunks.ts'
import { type CellShape, cellShape, gap, lineAspect, margin } from './cell-shape.ts'
import type { GridSelection } from './labelling/use-grid-selection.ts'
import { samplePicture, showsPixels } from './sample-picture.ts'
import { subsetWords } from './subsets.ts'

const overscan = 3

interface SampleGridProps {
  name: string
  samples: Chunks<BrowsedSample>
  total: number
  /** Least side of a cell in px; cells grow to fill the row. */
  leastSide: number
  /** Position in the list of the sample that the keyboard is on; null at first. */
  active: number | null
  selection: GridSelection
  onOpen: (position: number) => void
}

/** Pictures in a virtual grid: only what is on view is in the document, and asked for. */
export function SampleGrid({ name, samples, total, leastSide, active, selection, onOpen }: SampleGridProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ width: 0, height: 0 })
  const [scrollTop, setScrollTop] = useState(0)
  useLayoutEffect(() => {
    const element = scroller.current
    if (!element) return
    const measure = () => setView({ width: element.clientWidth, height: element.clientHeight })
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const aspect = useMemo(() => lineAspect(samples.at), [samples])
  const shape = useMemo(() => cellShape(view.width, leastSide, aspect), [view.width, leastSide, aspect])
  const { columns } = shape
  const rowHeight = shape.height + shape.caption + gap
  const rowCount = view.width === 0 ? 0 : Math.ceil(total / columns)
  const rows = useMemo(
    () => tallRows({ count: rowCount, rowHeight, padding: margin, viewHeight: view.height }),
    [rowCount, rowHeight, view.height],
  )
  const [firstRow, lastRow] = rows.range(scrollTop, overscan)
  const onScroll = (event: UIEvent) => {
    const { scrollTop: top } = event.currentTarget
    const [first, last] = rows.range(top, overscan)
    // Drawn before the browser paints, and only when other rows come into view.
    if (rows.scale > 1 || first !== firstRow || last !== lastRow) flushSync(() => setScrollTop(top))
  }

  const { show } = samples
  useEffect(() => show(firstRow * columns, (lastRow + 1) * columns - 1), [show, firstRow, lastRow, columns])

  useEffect(() => {
    const element = scroller.current
    if (active === null || !element) return
    element.scrollTop = rows.scrollTo(Math.floor(active / columns), element.scrollTop)
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
      selection.step(Math.min(total - 1, Math.max(0, next)), event)
    } else if (event.key === 'Enter' && active !== null) onOpen(active)
    else if (event.key === ' ' && active !== null) selection.toggle(active)
    else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) selection.all()
    else if (event.key === 'Escape' && selection.selected.size > 0) selection.clear()
    else return
    event.preventDefault()
  }
  const positionOf = (target: EventTarget | null): number | null => {
    const cell = target instanceof Element ? target.closest('[data-position]') : null
    return cell ? Number(cell.getAttribute('data-position')) : null
  }
  const onClick = (event: MouseEvent) => {
    const position = positionOf(event.target)
    if (position !== null) selection.click(position, event as Modifiers)
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
      aria-multiselectable
      aria-label={`Pictures of ${name}`}
      aria-activedescendant={activeOnView ? `sample-${active}` : undefined}
      tabIndex={0}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onDoubleClick={onDoubleClick}
    >
      <div role="presentation" style={{ height: rows.height, position: 'relative', overflow: 'clip' }}>
        {Array.from({ length: lastRow - firstRow + 1 }, (_, index) => firstRow + index).map((row) => (
          <div
            key={row}
            role="presentation"
            className="sample-row"
            style={{
              transform: `translateY(${rows.top(row, scrollTop)}px)`,
              gap,
              paddingLeft: margin,
            }}
          >
            {Array.from({ length: Math.min(columns, total - row * columns) }, (_, column) => {
              const position = row * columns + column
              const sample = samples.at(position)
              return (
                <SampleCell
                  key={position}
                  position={position}
                  total={total}
                  sample={sample}
                  shape={shape}
                  active={position === active}
                  selected={sample !== undefined && selection.selected.has(sample.ordinal)}
                />
              )
            })}
          </div>
        ))}
      </div>
    </div>
  )
}

/** What a picture says, is, or has on it. */
function captionOf({ text, label, value, boxes }: BrowsedSample): string {
  if (text) return text
  if (label !== '') return label
  return boxes.length > 0 ? plural(boxes.length, 'box', 'boxes') : String(value ?? '')
}

const SampleCell = memo(function SampleCell({
  position,
  total,
  sample,
  shape: { width, height, caption, lines },
  active,
  selected,
}: {
  position: number
  total: number
  sample: BrowsedSample | undefined
  shape: CellShape
  active: boolean
  selected: boolean
}) {
  return (
    <div
      id={`sample-${position}`}
      role="option"
      tabIndex={-1}
      aria-selected={selected}
      data-active={active}
      aria-setsize={total}
      aria-posinset={position + 1}
      aria-label={
        sample
          ? `${sample.path}, ${captionOf(sample)}, ${subsetWords[sample.subset]}${sample.edited ? ', edited' : ''}`
          : 'Loading'
      }
      data-position={position}
      className="sample-cell"
      title={sample?.path}
      data-lines={lines}
      style={{ width, height: height + caption }}
    >
      <span className={lines ? 'sample-cell-picture line-picture' : 'sample-cell-picture'} style={{ height }}>
        {sample && (
          <img
            src={samplePicture(sample, width)}
            alt=""
            loading="lazy"
            decoding="async"
            data-pixels={showsPixels(sample, lines ? height : width)}
          />
        )}
        {sample?.edited && <span className="sample-cell-edited" title="Edited, not saved yet" />}
      </span>
      {caption > 0 && (
        <span className={lines ? 'line-caption' : 'sample-cell-caption truncate'} dir="auto">
          {sample && captionOf(sample)}
        </span>
      )}
    </div>
  )
})

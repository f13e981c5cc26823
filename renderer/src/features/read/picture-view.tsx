import { ActionIcon, Tooltip } from '@mantine/core'
import { Maximize, SquareDashed, ZoomIn, ZoomOut } from 'lucide-react'
import {
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import type { PageWord } from '../../../../core/contract/index.ts'
import { rampColour } from '../../components/charts/value-ramp.ts'
import { usePictureSource } from './use-picture-source.ts'
import { isDoubtful, wordOf, wordWith } from './words.ts'

interface PictureViewProps {
  name: string
  hash: string
  /** Size of the displayed picture in px, to which the boxes refer. */
  width: number
  height: number
  words: PageWord[]
  /** Words that a search has found. */
  marked: ReadonlySet<number>
  threshold: number
  lit: number | null
  active: number | null
  onHover: (index: number | null) => void
  onPick: (index: number) => void
  onEdit: (index: number) => void
  /** What can be drawn on it, and what is being drawn. */
  tools: ReactNode
  hint: ReactNode
  bar: ReactNode
  overlay: ReactNode
}

const margin = 16
const largestZoom = 8
const boxesKey = 'glyphlab.read.boxes'

/** The picture with its words' boxes. Fits the space at first; Ctrl and the wheel zoom, dragging pans. */
export function PictureView(props: PictureViewProps) {
  const {
    name,
    hash,
    width,
    height,
    words,
    marked,
    threshold,
    lit,
    active,
    onHover,
    onPick,
    onEdit,
    tools,
    hint,
    bar,
    overlay,
  } = props
  const scroller = useRef<HTMLDivElement>(null)
  const [room, setRoom] = useState({ width: 0, height: 0 })
  const [zoom, setZoom] = useState<number | null>(null)
  const [boxes, setBoxes] = useState(() => localStorage.getItem(boxesKey) !== 'off')
  const keepPoint = useRef<{ x: number; y: number; left: number; top: number } | null>(null)

  useEffect(() => {
    const element = scroller.current
    if (!element) return
    // What scrolls must be reachable by keyboard; arrows then scroll, and onKeyDown zooms.
    element.tabIndex = 0
    const observer = new ResizeObserver(() =>
      setRoom({ width: element.clientWidth, height: element.clientHeight }),
    )
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const fit = Math.min((room.width - 2 * margin) / width, (room.height - 2 * margin) / height, 4)
  const scale = zoom ?? Math.max(fit, 0.01)
  const source = usePictureSource(hash, width, height, scale)

  /** Zooms and keeps the point of the picture under (left, top) of the view where it is. */
  const zoomTo = useCallback(
    (next: number, left: number, top: number) => {
      const element = scroller.current
      if (!element) return
      const bounded = Math.min(largestZoom, Math.max(Math.min(fit, 0.05), next))
      keepPoint.current = {
        x: (element.scrollLeft + left - margin) / scale,
        y: (element.scrollTop + top - margin) / scale,
        left,
        top,
      }
      setZoom(bounded)
    },
    [scale, fit],
  )
  useLayoutEffect(() => {
    const [element, kept] = [scroller.current, keepPoint.current]
    if (!element || !kept) return
    element.scrollLeft = kept.x * scale + margin - kept.left
    element.scrollTop = kept.y * scale + margin - kept.top
    keepPoint.current = null
  }, [scale])
  const zoomBy = useCallback(
    (factor: number) => zoomTo(scale * factor, room.width / 2, room.height / 2),
    [zoomTo, scale, room],
  )

  useEffect(() => {
    const element = scroller.current
    if (!element) return
    // React's wheel listeners are passive, and the window must not zoom as a whole.
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      const frame = element.getBoundingClientRect()
      zoomTo(scale * Math.exp(-event.deltaY / 300), event.clientX - frame.left, event.clientY - frame.top)
    }
    element.addEventListener('wheel', onWheel, { passive: false })
    return () => element.removeEventListener('wheel', onWheel)
  }, [zoomTo, scale])

  // A word reached by keyboard is brought into view.
  useEffect(() => {
    const [element, word] = [scroller.current, wordWith(words, active)]
    if (!element || !word) return
    const [left, right] = [word.box.x0 * scale + margin, word.box.x1 * scale + margin]
    const [top, bottom] = [word.box.y0 * scale + margin, word.box.y1 * scale + margin]
    if (left < element.scrollLeft || right > element.scrollLeft + element.clientWidth)
      element.scrollLeft = (left + right - element.clientWidth) / 2
    if (top < element.scrollTop || bottom > element.scrollTop + element.clientHeight)
      element.scrollTop = (top + bottom - element.clientHeight) / 2
  }, [active, words, scale])

  const drag = useRef<{ x: number; y: number } | null>(null)
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return
    drag.current = { x: event.clientX, y: event.clientY }
  }
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    if (!drag.current || event.buttons !== 1) return
    event.currentTarget.scrollBy(drag.current.x - event.clientX, drag.current.y - event.clientY)
    drag.current = { x: event.clientX, y: event.clientY }
  }

  const toggleBoxes = () => {
    localStorage.setItem(boxesKey, boxes ? 'off' : 'on')
    setBoxes(!boxes)
  }

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === '+' || event.key === '=') zoomBy(1.25)
    else if (event.key === '-') zoomBy(1 / 1.25)
    else if (event.key === '0') setZoom(null)
    else if (event.key === 'b') toggleBoxes()
    else return
    event.preventDefault()
  }

  return (
    <div className="picture">
      <div className="picture-tools">
        <Tooltip label={boxes ? 'Hide word boxes' : 'Show word boxes'}>
          <ActionIcon
            aria-label="Word boxes"
            aria-pressed={boxes}
            variant={boxes ? 'light' : 'subtle'}
            color={boxes ? 'indigo' : 'gray'}
            onClick={toggleBoxes}
          >
            <SquareDashed size={16} />
          </ActionIcon>
        </Tooltip>
        {tools}
        {hint ? (
          <span className="picture-hint dim" role="status">
            {hint}
          </span>
        ) : (
          <span className="picture-tools-gap" />
        )}
        <Tooltip label="Zoom out">
          <ActionIcon aria-label="Zoom out" onClick={() => zoomBy(1 / 1.25)}>
            <ZoomOut size={16} />
          </ActionIcon>
        </Tooltip>
        <span className="picture-zoom tabular" title="Pixels of the window per pixel of the picture">
          {Math.round(scale * 100)} %
        </span>
        <Tooltip label="Zoom in">
          <ActionIcon aria-label="Zoom in" onClick={() => zoomBy(1.25)}>
            <ZoomIn size={16} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label="Fit to the window">
          <ActionIcon aria-label="Fit to the window" onClick={() => setZoom(null)}>
            <Maximize size={16} />
          </ActionIcon>
        </Tooltip>
      </div>
      {bar}
      <section
        ref={scroller}
        className="picture-scroller"
        aria-label={`Picture of ${name}`}
        onKeyDown={onKeyDown}
        onClick={(event) => {
          const index = wordOf(event.target)
          if (index !== null) onPick(index)
        }}
        onDoubleClick={(event) => {
          const index = wordOf(event.target)
          if (index !== null) onEdit(index)
        }}
        onPointerOver={(event) => onHover(wordOf(event.target))}
        onPointerLeave={() => onHover(null)}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={() => {
          drag.current = null
        }}
      >
        <div className="picture-sheet" style={{ width: width * scale, height: height * scale }}>
          <img src={source} alt={name} draggable={false} decoding="async" />
          <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden>
            {words.map((word) => {
              const doubtful = isDoubtful(word, threshold)
              const isLit = word.index === lit || word.index === active
              return (
                <rect
                  key={word.index}
                  data-word={word.index}
                  data-lit={isLit}
                  data-marked={marked.has(word.index)}
                  data-doubtful={doubtful}
                  className="word-box"
                  x={word.box.x0}
                  y={word.box.y0}
                  width={word.box.x1 - word.box.x0}
                  height={word.box.y1 - word.box.y0}
                  style={{
                    color: rampColour(word.confidence),
                    strokeOpacity: boxes || isLit || marked.has(word.index) ? undefined : 0,
                    fillOpacity: boxes || isLit || marked.has(word.index) ? undefined : 0,
                  }}
                />
              )
            })}
          </svg>
          {overlay}
        </div>
      </section>
    </div>
  )
}

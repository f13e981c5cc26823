import { type KeyboardEvent, type PointerEvent, useEffect, useRef } from 'react'
import type { Box } from '../../../../core/contract/index.ts'

interface BoxEditorProps {
  /** What the box is of: "Box of “fox”". */
  label: string
  /** Null while nothing is drawn. */
  box: Box | null
  width: number
  height: number
  onDraw: (box: Box) => void
  /** Enter. */
  onKeep: () => void
  /** Esc. */
  onLeave: () => void
}

const between = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))

/** The box that a key makes of another: arrows move it, with Ctrl its lower right corner; by 10 px with Shift. */
export function movedByKey(box: Box, event: KeyboardEvent, width: number, height: number): Box | null {
  const step = event.shiftKey ? 10 : 1
  const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key]
  if (!direction) return null
  const [dx = 0, dy = 0] = direction.map((way) => way * step)
  if (event.ctrlKey || event.metaKey)
    return {
      ...box,
      x1: between(box.x1 + dx, box.x0 + 1, width),
      y1: between(box.y1 + dy, box.y0 + 1, height),
    }
  const [x, y] = [between(dx, -box.x0, width - box.x1), between(dy, -box.y0, height - box.y1)]
  return { x0: box.x0 + x, y0: box.y0 + y, x1: box.x1 + x, y1: box.y1 + y }
}

/** Where a key begins to draw: in the middle of the picture. */
export const middleBox = (width: number, height: number): Box => ({
  x0: Math.round(width * 0.4),
  y0: Math.round(height * 0.45),
  x1: Math.round(width * 0.6),
  y1: Math.round(height * 0.55),
})

/** px; a smaller drag is a click. */
const leastDrag = 3

/** A drag over the picture, as the box that it draws, in px of the picture. */
export function useDrag(
  width: number,
  height: number,
  onDrag: (box: Box | null, isEnd: boolean, at: { x: number; y: number }) => void,
) {
  const start = useRef<{ x: number; y: number } | null>(null)
  const pointOf = (event: PointerEvent<Element>) => {
    const place = event.currentTarget.getBoundingClientRect()
    return {
      x: between(Math.round(((event.clientX - place.left) / place.width) * width), 0, width),
      y: between(Math.round(((event.clientY - place.top) / place.height) * height), 0, height),
    }
  }
  const tell = (event: PointerEvent<Element>, isEnd: boolean) => {
    event.stopPropagation()
    const from = start.current
    if (!from) return
    const to = pointOf(event)
    const box = {
      x0: Math.min(from.x, to.x),
      y0: Math.min(from.y, to.y),
      x1: Math.max(from.x, to.x),
      y1: Math.max(from.y, to.y),
    }
    const isDrag = box.x1 - box.x0 >= leastDrag && box.y1 - box.y0 >= leastDrag
    if (isEnd) start.current = null
    onDrag(isDrag ? box : null, isEnd, to)
  }
  return {
    onPointerDown: (event: PointerEvent<Element>) => {
      event.stopPropagation()
      if (event.button !== 0) return
      event.currentTarget.setPointerCapture(event.pointerId)
      start.current = pointOf(event)
    },
    onPointerMove: (event: PointerEvent<Element>) => tell(event, false),
    onPointerUp: (event: PointerEvent<Element>) => tell(event, true),
  }
}

/** Draws a box over the picture: by dragging, or by arrows. Enter keeps it, Esc leaves it. */
export function BoxEditor({ label, box, width, height, onDraw, onKeep, onLeave }: BoxEditorProps) {
  const frame = useRef<SVGSVGElement>(null)
  useEffect(() => {
    const element = frame.current
    if (!element) return
    // It takes the keys for as long as it is there.
    element.tabIndex = 0
    element.focus({ preventScroll: true })
  }, [])
  const drag = useDrag(width, height, (drawn) => {
    if (drawn) onDraw(drawn)
  })
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation()
    const next = box
      ? movedByKey(box, event, width, height)
      : event.key.startsWith('Arrow')
        ? middleBox(width, height)
        : null
    if (next) onDraw(next)
    else if (event.key === 'Enter') onKeep()
    else if (event.key === 'Escape') onLeave()
    else return
    event.preventDefault()
  }
  const place = box
    ? `${Math.round(box.x1 - box.x0)} by ${Math.round(box.y1 - box.y0)} px at ${Math.round(box.x0)}, ${Math.round(box.y0)}`
    : 'nothing drawn yet'
  return (
    <svg
      ref={frame}
      className="box-editor"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="application"
      aria-label={`${label}, ${place}`}
      {...drag}
      onKeyDown={onKeyDown}
      onClick={(event) => event.stopPropagation()}
      onDoubleClick={(event) => event.stopPropagation()}
    >
      {box && (
        <rect x={box.x0} y={box.y0} width={box.x1 - box.x0} height={box.y1 - box.y0} className="box-drawn" />
      )}
    </svg>
  )
}

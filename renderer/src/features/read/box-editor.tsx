import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react'
import type { Box } from '../../../../core/contract/index.ts'

interface BoxEditorProps {
  /** The word whose box it is, as shown. */
  text: string
  box: Box
  width: number
  height: number
  /** Null when it is left as it was. */
  onDone: (box: Box | null) => void
}

const between = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))

/** The box that a key makes of another: arrows move it, with Ctrl its lower right corner; by 10 px with Shift. */
function moved(box: Box, event: KeyboardEvent, width: number, height: number): Box | null {
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

/** Draws a word's box anew, over the picture: by dragging, or by arrows. Enter keeps it, Esc leaves it. */
export function BoxEditor({ text, box, width, height, onDone }: BoxEditorProps) {
  const [drawn, setDrawn] = useState(box)
  const frame = useRef<SVGSVGElement>(null)
  const start = useRef<{ x: number; y: number } | null>(null)
  useEffect(() => {
    const element = frame.current
    if (!element) return
    // It takes the keys for as long as it is there.
    element.tabIndex = 0
    element.focus({ preventScroll: true })
  }, [])

  const pointOf = (event: PointerEvent) => {
    const place = frame.current?.getBoundingClientRect()
    if (!place) return { x: 0, y: 0 }
    return {
      x: between(Math.round(((event.clientX - place.left) / place.width) * width), 0, width),
      y: between(Math.round(((event.clientY - place.top) / place.height) * height), 0, height),
    }
  }
  const onPointerDown = (event: PointerEvent<SVGSVGElement>) => {
    event.stopPropagation()
    if (event.button !== 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    start.current = pointOf(event)
  }
  const onPointerMove = (event: PointerEvent) => {
    event.stopPropagation()
    const from = start.current
    if (!from) return
    const to = pointOf(event)
    setDrawn({
      x0: Math.min(from.x, to.x),
      y0: Math.min(from.y, to.y),
      x1: Math.max(from.x, to.x),
      y1: Math.max(from.y, to.y),
    })
  }
  const onPointerUp = (event: PointerEvent) => {
    event.stopPropagation()
    start.current = null
    // A click draws nothing.
    if (drawn.x1 - drawn.x0 < 2 || drawn.y1 - drawn.y0 < 2) setDrawn(box)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation()
    const next = moved(drawn, event, width, height)
    if (next) setDrawn(next)
    else if (event.key === 'Enter') onDone(drawn)
    else if (event.key === 'Escape') onDone(null)
    else return
    event.preventDefault()
  }
  const size = `${Math.round(drawn.x1 - drawn.x0)} by ${Math.round(drawn.y1 - drawn.y0)} px`
  return (
    <svg
      ref={frame}
      className="box-editor"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="application"
      aria-label={`Box of “${text}”, ${size} at ${Math.round(drawn.x0)}, ${Math.round(drawn.y0)}`}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onKeyDown={onKeyDown}
      onClick={(event) => event.stopPropagation()}
      onDoubleClick={(event) => event.stopPropagation()}
    >
      <rect
        x={drawn.x0}
        y={drawn.y0}
        width={drawn.x1 - drawn.x0}
        height={drawn.y1 - drawn.y0}
        className="box-drawn"
      />
    </svg>
  )
}

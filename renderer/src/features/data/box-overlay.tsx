import { type PointerEvent, useMemo, useRef, useState } from 'react'
import type { Box, LabelledBox } from '../../../../core/contract/index.ts'
import { classColour } from '../../components/charts/run-colours.ts'
import { type Handle, handles, moved, resized, spanned } from './labelling/box-shapes.ts'

/** From this many on, names stand only beside the box that is pointed at. */
const namesUpTo = 60
/** Side in px of the screen below which a drawn box is a slip of the hand. */
const leastDrawn = 4

interface BoxOverlayProps {
  boxes: readonly LabelledBox[]
  /** Size in px of the displayed picture, to which the boxes refer. */
  width: number
  height: number
  /** Index of the box that is pointed at. */
  active: number | null
  onActive: (index: number | null) => void
  /** Index of the box that is being edited; it has handles. */
  chosen: number | null
  onChoose: (index: number | null) => void
  /** A box was moved or resized. */
  onChange: (index: number, box: LabelledBox) => void
  onDraw: (box: Box) => void
  /** The pointer is at work: keys are meant for the boxes now. */
  onGrab: () => void
}

interface Point {
  x: number
  y: number
}

/** What the pointer is doing, from where, in px of the picture. */
type Drag =
  | { kind: 'draw'; from: Point; to: Point }
  | { kind: 'move'; index: number; from: Point; to: Point }
  | { kind: 'resize'; index: number; handle: Handle; from: Point; to: Point }

const percent = (share: number): string => `${share * 100}%`
const area = ({ x0, y0, x1, y1 }: Box): number => (x1 - x0) * (y1 - y0)
const places: Record<'n' | 's' | 'e' | 'w', Record<string, string>> = {
  n: { top: '0' },
  s: { top: '100%' },
  w: { left: '0' },
  e: { left: '100%' },
}

function handlePlace(handle: Handle): Record<string, string> {
  const sides = [...handle].map((side) => places[side as 'n' | 's' | 'e' | 'w'])
  return Object.assign({ top: '50%', left: '50%', cursor: `${handle}-resize` }, ...sides)
}

/**
 * Boxes over a picture, in shares of its size, so that they fit at every zoom. Lies over its positioned parent, which
 * has the picture's aspect ratio. A list of the boxes must say the same, and do the same by keys.
 */
export function BoxOverlay({
  boxes,
  width,
  height,
  active,
  onActive,
  chosen,
  onChoose,
  onChange,
  onDraw,
  onGrab,
}: BoxOverlayProps) {
  const overlay = useRef<HTMLDivElement>(null)
  const [drag, setDrag] = useState<Drag | null>(null)
  const size = { width, height }
  const shape = (box: LabelledBox, index: number): LabelledBox => {
    if (!drag || drag.kind === 'draw' || drag.index !== index) return box
    const [dx, dy] = [drag.to.x - drag.from.x, drag.to.y - drag.from.y]
    return drag.kind === 'move' ? moved(box, dx, dy, size) : resized(box, drag.handle, dx, dy, size)
  }
  // Small boxes last: they lie on top, in reach of the pointer.
  const order = useMemo(
    () => boxes.map((box, index) => ({ box, index })).sort((a, b) => area(b.box) - area(a.box)),
    [boxes],
  )
  const scale = (): number => {
    const shown = overlay.current?.getBoundingClientRect().width ?? 0
    return shown === 0 ? 1 : width / shown
  }
  const pointOf = (event: PointerEvent): Point => {
    const frame = overlay.current?.getBoundingClientRect()
    return {
      x: (event.clientX - (frame?.left ?? 0)) * scale(),
      y: (event.clientY - (frame?.top ?? 0)) * scale(),
    }
  }
  const drawn = drag?.kind === 'draw' ? spanned(drag.from, drag.to, size, leastDrawn * scale()) : null

  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0 || !(event.target instanceof Element)) return
    event.preventDefault()
    overlay.current?.setPointerCapture(event.pointerId)
    onGrab()
    const from = pointOf(event)
    const handle = event.target.getAttribute('data-handle')
    const index = event.target.closest('[data-index]')?.getAttribute('data-index')
    if (index === null || index === undefined) {
      onChoose(null)
      setDrag({ kind: 'draw', from, to: from })
    } else if (handle !== null)
      setDrag({ kind: 'resize', index: Number(index), handle: handle as Handle, from, to: from })
    else {
      onChoose(Number(index))
      setDrag({ kind: 'move', index: Number(index), from, to: from })
    }
  }
  const onPointerMove = (event: PointerEvent) => {
    if (drag) setDrag({ ...drag, to: pointOf(event) })
  }
  const onPointerUp = () => {
    setDrag(null)
    if (!drag) return
    if (drag.kind === 'draw') {
      if (drawn) onDraw(drawn)
      return
    }
    const before = boxes[drag.index]
    if (!before) return
    const after = shape(before, drag.index)
    if (after.x0 !== before.x0 || after.y0 !== before.y0 || after.x1 !== before.x1 || after.y1 !== before.y1)
      onChange(drag.index, after)
  }
  const place = ({ x0, y0, x1, y1 }: Box) => ({
    left: percent(x0 / width),
    top: percent(y0 / height),
    width: percent((x1 - x0) / width),
    height: percent((y1 - y0) / height),
  })

  return (
    <div
      ref={overlay}
      className="box-overlay"
      aria-hidden="true"
      data-names={boxes.length <= namesUpTo}
      data-editable="true"
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={() => setDrag(null)}
    >
      {order.map(({ box, index }) => {
        const shown = shape(box, index)
        const { label, text } = shown
        const lit = index === active || index === chosen
        return (
          <div
            key={index}
            className="box"
            data-index={index}
            data-active={lit}
            style={{ ...place(shown), color: classColour(label) }}
            onPointerEnter={() => onActive(index)}
            onPointerLeave={() => onActive(null)}
          >
            {(label !== '' || (lit && text)) && (
              <span
                className="box-name"
                data-inside={shown.y0 / height < 0.05}
                data-end={shown.x0 / width > 0.6}
              >
                {label !== '' && <span>{label}</span>}
                {lit && text && <bdi className="box-text">{text}</bdi>}
              </span>
            )}
            {index === chosen &&
              handles.map((handle) => (
                <span key={handle} className="box-handle" data-handle={handle} style={handlePlace(handle)} />
              ))}
          </div>
        )
      })}
      {drawn && <div className="box" data-drawn="true" data-active="true" style={place(drawn)} />}
    </div>
  )
}

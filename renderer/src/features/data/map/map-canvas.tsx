import { useComputedColorScheme } from '@mantine/core'
import { type KeyboardEvent, type PointerEvent, useCallback, useEffect, useLayoutEffect, useRef } from 'react'
import { drawPoints, pointRadius } from './draw-points.ts'
import type { Grouping } from './map-groups.ts'
import {
  fitted,
  moved,
  nearestPoint,
  onView,
  pointsInside,
  type Size,
  type ViewPort,
  zoomed,
} from './map-view-port.ts'

export type MapTool = 'pan' | 'rectangle' | 'lasso'

/** A point that is pointed at, and where it lies, px of the view. */
export interface PointedAt {
  point: number
  x: number
  y: number
  /** On which side of it there is room. */
  room: { right: boolean; below: boolean }
}

interface MapCanvasProps {
  label: string
  places: Float32Array
  grouping: Grouping
  /** 0: left out by the legend. */
  shown: Uint8Array
  selected: Uint8Array | null
  tool: MapTool
  onPoint: (at: PointedAt | null) => void
  onOpen: (point: number) => void
  /** With the points on view, or inside what was drawn; `add`: to those that are selected. */
  onSelect: (points: number[], add: boolean) => void
  onClear: () => void
}

const pointerReach = 8
const keyReach = 60
const keyStep = 48
const keyZoom = 1.4
const leastDrag = 4
/** What the card beside a point takes, px. */
const cardRoom = 150

/** The map moves against the way that one looks. */
const directions: Record<string, readonly [number, number]> = {
  ArrowLeft: [1, 0],
  ArrowRight: [-1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
}
const factors: Record<string, number> = { '+': keyZoom, '=': keyZoom, '-': 1 / keyZoom }
/** An application takes its own keys, so it must be reached by Tab. */
const reachable = { tabIndex: 0 }

function coloursOf(grouping: Grouping, host: HTMLElement): [number, number, number][] {
  const probe = document.createElement('span')
  host.append(probe)
  const colours = grouping.groups.map(({ colour }): [number, number, number] => {
    probe.style.color = colour
    const [red = 128, green = 128, blue = 128] = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).map(
      Number,
    )
    return [red, green, blue]
  })
  probe.remove()
  return colours
}

interface Drag {
  from: { x: number; y: number }
  line: number[]
  moving: boolean
  add: boolean
}

/** The points on a canvas: wheel and keys zoom, dragging pans or draws around points. */
export function MapCanvas(props: MapCanvasProps) {
  const { label, places, grouping, shown, selected, tool } = props
  const frame = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const overlay = useRef<HTMLCanvasElement>(null)
  const view = useRef<ViewPort | null>(null)
  const whole = useRef<ViewPort>({ x: 0, y: 0, scale: 1 })
  const size = useRef<Size>({ width: 0, height: 0 })
  const image = useRef<ImageData | null>(null)
  const drag = useRef<Drag | null>(null)
  const pointed = useRef<PointedAt | null>(null)
  const byKeys = useRef(false)
  const waiting = useRef(0)
  const colours = useRef<[number, number, number][]>([])
  const latest = useRef(props)
  latest.current = props
  const scheme = useComputedColorScheme('light')

  const draw = useCallback(() => {
    waiting.current = 0
    const { places: all, grouping: groups, shown: drawn, selected: chosen } = latest.current
    const context = canvas.current?.getContext('2d')
    const at = view.current
    if (!context || !at || size.current.width === 0) return
    const ratio = Math.min(window.devicePixelRatio, 2)
    const [width, height] = [Math.round(size.current.width * ratio), Math.round(size.current.height * ratio)]
    if (image.current?.width !== width || image.current.height !== height)
      image.current = context.createImageData(width, height)
    const radius = pointRadius(drawn.length, at.scale / whole.current.scale)
    drawPoints(image.current.data, size.current, ratio, at, radius, {
      places: all,
      groups: groups.of,
      shown: drawn,
      selected: chosen,
      colours: colours.current,
    })
    context.putImageData(image.current, 0, 0)
    drawOverlay(
      overlay.current,
      ratio,
      size.current,
      drag.current,
      pointed.current,
      byKeys.current,
      latest.current.tool,
    )
  }, [])
  const redraw = useCallback(() => {
    if (waiting.current === 0) waiting.current = requestAnimationFrame(draw)
  }, [draw])

  useLayoutEffect(() => {
    const element = frame.current
    if (!element) return
    const measure = () => {
      const ratio = Math.min(window.devicePixelRatio, 2)
      const before = size.current
      size.current = { width: element.clientWidth, height: element.clientHeight }
      for (const each of [canvas.current, overlay.current]) {
        if (!each) continue
        each.width = Math.round(size.current.width * ratio)
        each.height = Math.round(size.current.height * ratio)
      }
      const untouched = view.current === null || view.current === whole.current || before.width === 0
      whole.current = fitted(latest.current.places, size.current)
      if (untouched) view.current = whole.current
      draw()
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => {
      observer.disconnect()
      cancelAnimationFrame(waiting.current)
      waiting.current = 0
    }
  }, [draw])

  useEffect(() => {
    whole.current = fitted(places, size.current)
    view.current = whole.current
    redraw()
  }, [places, redraw])

  useEffect(() => {
    if (!frame.current || scheme === undefined) return
    colours.current = coloursOf(grouping, frame.current)
    redraw()
  }, [grouping, scheme, redraw])

  useEffect(() => {
    if (shown && selected !== undefined) redraw()
  }, [shown, selected, redraw])

  const tell = useCallback((found: PointedAt | null) => {
    if (found?.point === pointed.current?.point && found?.x === pointed.current?.x) return
    pointed.current = found
    latest.current.onPoint(found)
  }, [])

  const pointAt = useCallback(
    (at: { x: number; y: number }, reach: number) => {
      const now = view.current
      if (!now) return
      const { places: all, shown: drawn } = latest.current
      const point = nearestPoint(all, drawn, now, size.current, at, reach)
      if (point === null) tell(null)
      else {
        const { x, y } = onView(now, size.current, all[point * 2] as number, all[point * 2 + 1] as number)
        const room = { right: x < size.current.width - cardRoom, below: y < size.current.height - cardRoom }
        tell({ point, x, y, room })
      }
      redraw()
    },
    [tell, redraw],
  )

  useEffect(() => {
    const element = frame.current
    if (!element) return
    const onWheel = (event: WheelEvent) => {
      event.preventDefault()
      const { left, top } = element.getBoundingClientRect()
      const at = { x: event.clientX - left, y: event.clientY - top }
      if (view.current)
        view.current = zoomed(view.current, Math.exp(-event.deltaY * 0.0016), at, size.current, whole.current)
      tell(null)
      redraw()
    }
    // React's own wheel listeners can't keep the page from scrolling.
    element.addEventListener('wheel', onWheel, { passive: false })
    return () => element.removeEventListener('wheel', onWheel)
  }, [redraw, tell])

  const positionOf = (event: PointerEvent) => {
    const { left, top } = event.currentTarget.getBoundingClientRect()
    return { x: event.clientX - left, y: event.clientY - top }
  }
  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    const from = positionOf(event)
    drag.current = {
      from,
      line: [from.x, from.y],
      moving: false,
      add: event.shiftKey || event.ctrlKey || event.metaKey,
    }
  }
  const onPointerMove = (event: PointerEvent) => {
    const at = positionOf(event)
    const held = drag.current
    byKeys.current = false
    if (!held) {
      pointAt(at, pointerReach)
      return
    }
    const { from } = held
    if (!held.moving && Math.hypot(at.x - from.x, at.y - from.y) < leastDrag) return
    held.moving = true
    tell(null)
    if (tool === 'pan') {
      if (view.current) view.current = moved(view.current, at.x - from.x, at.y - from.y)
      held.from = at
    } else if (tool === 'lasso') held.line.push(at.x, at.y)
    else held.line = [from.x, from.y, at.x, from.y, at.x, at.y, from.x, at.y]
    redraw()
  }
  const onPointerUp = (event: PointerEvent) => {
    const held = drag.current
    drag.current = null
    if (!held || !view.current) return
    if (!held.moving) {
      if (pointed.current) props.onSelect([pointed.current.point], held.add)
      else if (!held.add) props.onClear()
    } else if (tool !== 'pan')
      props.onSelect(pointsInside(places, shown, view.current, size.current, held.line), held.add)
    if (event.currentTarget.hasPointerCapture(event.pointerId))
      event.currentTarget.releasePointerCapture(event.pointerId)
    redraw()
  }

  const onKeyDown = (event: KeyboardEvent) => {
    const now = view.current
    if (!now || event.ctrlKey || event.metaKey || event.altKey) return
    const { width, height } = size.current
    const centre = { x: width / 2, y: height / 2 }
    const step = event.shiftKey ? keyStep * 4 : keyStep
    const direction = directions[event.key]
    const factor = factors[event.key]
    if (direction || factor !== undefined || event.key === '0') {
      view.current = direction
        ? moved(now, direction[0] * step, direction[1] * step)
        : factor === undefined
          ? whole.current
          : zoomed(now, factor, centre, size.current, whole.current)
      byKeys.current = true
      pointAt(centre, keyReach)
    } else if (event.key === 's') {
      const corners = [0, 0, width, 0, width, height, 0, height]
      props.onSelect(pointsInside(places, shown, now, size.current, corners), event.shiftKey)
    } else if (event.key === 'Enter' && pointed.current) props.onOpen(pointed.current.point)
    else if (event.key === ' ' && pointed.current) props.onSelect([pointed.current.point], true)
    else if (event.key === 'Escape') props.onClear()
    else return
    event.preventDefault()
  }

  return (
    <div
      ref={frame}
      className="map-frame"
      data-tool={tool}
      role="application"
      aria-label={label}
      aria-describedby="map-keys"
      {...reachable}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerLeave={() => {
        if (!drag.current) tell(null)
        redraw()
      }}
      onDoubleClick={() => pointed.current && props.onOpen(pointed.current.point)}
      onKeyDown={onKeyDown}
    >
      <canvas ref={canvas} />
      <canvas ref={overlay} />
    </div>
  )
}

/** The line that is drawn, the ring around the point that is pointed at, and the cross of the keyboard. */
function drawOverlay(
  canvas: HTMLCanvasElement | null,
  ratio: number,
  { width, height }: Size,
  drag: Drag | null,
  pointed: PointedAt | null,
  cross: boolean,
  tool: MapTool,
): void {
  const context = canvas?.getContext('2d')
  if (!canvas || !context) return
  const style = getComputedStyle(canvas)
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, width, height)
  context.strokeStyle = style.color
  context.fillStyle = style.backgroundColor
  context.lineWidth = 1.5
  if (drag?.moving && tool !== 'pan') {
    context.beginPath()
    for (let at = 0; at < drag.line.length; at += 2)
      context.lineTo(drag.line[at] as number, drag.line[at + 1] as number)
    context.closePath()
    context.globalAlpha = 0.12
    context.fillStyle = style.color
    context.fill()
    context.globalAlpha = 1
    context.stroke()
  }
  if (cross) {
    context.beginPath()
    context.moveTo(width / 2 - 8, height / 2)
    context.lineTo(width / 2 + 8, height / 2)
    context.moveTo(width / 2, height / 2 - 8)
    context.lineTo(width / 2, height / 2 + 8)
    context.stroke()
  }
  if (pointed) {
    context.beginPath()
    context.arc(pointed.x, pointed.y, 7, 0, 2 * Math.PI)
    context.stroke()
  }
}

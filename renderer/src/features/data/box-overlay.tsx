import { useMemo } from 'react'
import type { LabelledBox } from '../../../../core/contract/index.ts'
import { classColour } from '../../components/charts/run-colours.ts'

/** From this many on, names stand only beside the box that is pointed at. */
const namesUpTo = 60

interface BoxOverlayProps {
  boxes: readonly LabelledBox[]
  /** Size in px of the displayed picture, to which the boxes refer. */
  width: number
  height: number
  /** Index of the box that is pointed at. */
  active: number | null
  onActive: (index: number | null) => void
}

const percent = (share: number): string => `${share * 100}%`
const area = ({ x0, y0, x1, y1 }: LabelledBox): number => (x1 - x0) * (y1 - y0)

/**
 * Boxes over a picture, in shares of its size, so that they fit at every zoom. Lies over its positioned parent, which
 * has the picture's aspect ratio. A list of the boxes must say the same to those who can't see them.
 */
export function BoxOverlay({ boxes, width, height, active, onActive }: BoxOverlayProps) {
  // Small boxes last: they lie on top, in reach of the pointer.
  const drawn = useMemo(
    () => boxes.map((box, index) => ({ box, index })).sort((a, b) => area(b.box) - area(a.box)),
    [boxes],
  )
  return (
    <div className="box-overlay" aria-hidden="true" data-names={boxes.length <= namesUpTo}>
      {drawn.map(({ box: { x0, y0, x1, y1, label, text }, index }) => (
        <div
          key={index}
          className="box"
          data-active={index === active}
          style={{
            left: percent(x0 / width),
            top: percent(y0 / height),
            width: percent((x1 - x0) / width),
            height: percent((y1 - y0) / height),
            color: classColour(label),
          }}
          onPointerEnter={() => onActive(index)}
          onPointerLeave={() => onActive(null)}
        >
          {(label !== '' || (index === active && text)) && (
            <span className="box-name" data-inside={y0 / height < 0.05} data-end={x0 / width > 0.6}>
              {label !== '' && <span>{label}</span>}
              {index === active && text && <bdi className="box-text">{text}</bdi>}
            </span>
          )}
        </div>
      ))}
    </div>
  )
}

import type { LabelledBox } from '../../../../core/contract/index.ts'
import { classColour } from '../../components/charts/run-colours.ts'
import { formatNumber } from '../../components/format.ts'

const pixels = (value: number): string => formatNumber(Math.round(value * 10) / 10)

/** The boxes of a picture in their order; the one that is pointed at or focused is lit on the picture too. */
export function BoxList({
  boxes,
  active,
  onActive,
  chosen,
  onChoose,
}: {
  boxes: readonly LabelledBox[]
  active: number | null
  onActive: (index: number | null) => void
  /** The box that keys edit. */
  chosen: number | null
  onChoose: (index: number) => void
}) {
  return (
    <ol className="box-list" aria-label="Boxes">
      {boxes
        .map((box, index) => ({ box, index }))
        .map(({ box: { x0, y0, x1, y1, label, text }, index }) => (
          <li key={index}>
            <button
              type="button"
              data-active={index === active || index === chosen}
              aria-pressed={index === chosen}
              onClick={() => onChoose(index)}
              onFocus={() => onActive(index)}
              onBlur={() => onActive(null)}
              onPointerEnter={() => onActive(index)}
              onPointerLeave={() => onActive(null)}
            >
              <span className="box-swatch" style={{ background: classColour(label) }} />
              <bdi className="box-list-name">{text ?? (label === '' ? 'no class' : label)}</bdi>
              <span className="dim tabular">
                {pixels(x1 - x0)} × {pixels(y1 - y0)} at {pixels(x0)}, {pixels(y0)}
                {text !== null && label !== '' && ` · ${label}`}
              </span>
            </button>
          </li>
        ))}
    </ol>
  )
}

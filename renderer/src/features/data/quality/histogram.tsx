import { type KeyboardEvent, useRef, useState } from 'react'
import { formatNumber, plural } from '../../../components/format.ts'
import type { Bin } from './bins.ts'

/** Bars that are buttons: a click or Enter shows the pictures of one; arrows go from bar to bar. */
export function Histogram({
  title,
  bins,
  words,
  onPick,
}: {
  title: string
  bins: readonly Bin[]
  /** What a bar holds: `20 to 40 px`. */
  words: (bin: Bin) => string
  onPick: (bin: Bin) => void
}) {
  const [active, setActive] = useState(0)
  const bars = useRef<HTMLDivElement>(null)
  const most = Math.max(1, ...bins.map(({ count }) => count))
  const [first, last] = [bins[0], bins.at(-1)]
  const onKeyDown = (event: KeyboardEvent) => {
    const wanted: Record<string, number> = {
      ArrowRight: active + 1,
      ArrowLeft: active - 1,
      Home: 0,
      End: bins.length - 1,
    }
    const at = wanted[event.key]
    if (at === undefined) return
    event.preventDefault()
    const next = Math.min(bins.length - 1, Math.max(0, at))
    setActive(next)
    bars.current?.querySelectorAll('button')[next]?.focus()
  }
  return (
    <figure className="histogram">
      <figcaption>
        <span>{title}</span>
        <span className="dim tabular">up to {formatNumber(most)}</span>
      </figcaption>
      <div ref={bars} className="histogram-bars" role="toolbar" aria-label={title} onKeyDown={onKeyDown}>
        {bins.map((bin, index) => (
          <button
            key={bin.from}
            type="button"
            className="histogram-bar"
            tabIndex={index === active ? 0 : -1}
            title={`${words(bin)}: ${plural(bin.count, 'picture')}`}
            aria-label={`${words(bin)}: ${plural(bin.count, 'picture')}`}
            disabled={bin.count === 0}
            onFocus={() => setActive(index)}
            onClick={() => onPick(bin)}
          >
            <span style={{ height: bin.count === 0 ? 0 : `${Math.max(3, (100 * bin.count) / most)}%` }} />
          </button>
        ))}
      </div>
      <div className="histogram-ends dim tabular" aria-hidden>
        <span>{first && words({ ...first, to: first.from })}</span>
        {last && last !== first && <span>{words({ ...last, from: last.to })}</span>}
      </div>
    </figure>
  )
}

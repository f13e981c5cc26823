import { TextInput } from '@mantine/core'
import { Search } from 'lucide-react'
import { useState } from 'react'
import { afterLegendClick } from '../../../components/charts/legend.ts'
import { formatNumber } from '../../../components/format.ts'
import type { Group } from './map-groups.ts'

/** What the colours mean; a click shows one alone, with Ctrl or Cmd it hides or shows it. */
export function MapLegend({
  title,
  groups,
  hidden,
  onHidden,
}: {
  title: string
  groups: readonly Group[]
  hidden: ReadonlySet<string>
  onHidden: (hidden: Set<string>) => void
}) {
  const [wanted, setWanted] = useState('')
  const ids = groups.map(({ id }) => id)
  const shown = groups.filter(({ title: name }) => name.toLowerCase().includes(wanted.toLowerCase()))
  return (
    <>
      <div className="label-head">
        <span className="dim">{title}</span>
        {groups.length > 12 && (
          <TextInput
            aria-label="Find in the legend"
            placeholder={`Find among ${formatNumber(groups.length)}`}
            leftSection={<Search size={14} />}
            value={wanted}
            onChange={(event) => setWanted(event.currentTarget.value)}
          />
        )}
      </div>
      <ul className="map-legend">
        {shown.map(({ id, title: name, colour, count }) => (
          <li key={id}>
            <button
              type="button"
              aria-pressed={!hidden.has(id)}
              title={`${name}: ${formatNumber(count)}. Click: only these; Ctrl-click: hide or show`}
              onClick={(event) =>
                onHidden(afterLegendClick(ids, hidden, id, event.ctrlKey || event.metaKey || event.altKey))
              }
            >
              <span className="map-swatch" style={{ background: colour }} aria-hidden />
              <span className="truncate">{name}</span>
              <span className="tabular dim">{formatNumber(count)}</span>
            </button>
          </li>
        ))}
      </ul>
      {hidden.size > 0 && (
        <button type="button" className="link-button map-show-all" onClick={() => onHidden(new Set())}>
          Show all
        </button>
      )}
    </>
  )
}

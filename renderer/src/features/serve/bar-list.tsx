import { formatNumber } from '../../components/format.ts'

/** Counts as bars, each with its name and number. */
export function BarList({ label, items }: { label: string; items: { name: string; count: number }[] }) {
  const most = Math.max(1, ...items.map(({ count }) => count))
  return (
    <ul className="bar-list" aria-label={label}>
      {items.map(({ name, count }) => (
        <li key={name}>
          <span className="truncate">{name}</span>
          <span className="bar-track" aria-hidden>
            <span style={{ width: `${(100 * count) / most}%` }} />
          </span>
          <span className="tabular">{formatNumber(count)}</span>
        </li>
      ))}
    </ul>
  )
}

import { formatNumber } from './format.ts'

/** A number with three significant digits; the full value on hover and when copied. */
export function NumberText({
  value,
  unit,
  digits = 3,
}: {
  value: number | null | undefined
  unit?: string
  digits?: number
}) {
  if (value === null || value === undefined) return <span className="dim">–</span>
  const full = unit ? `${value} ${unit}` : String(value)
  return (
    <span
      className="tabular"
      title={full}
      onCopy={(event) => {
        if (window.getSelection()?.toString() !== event.currentTarget.textContent) return
        event.clipboardData.setData('text/plain', String(value))
        event.preventDefault()
      }}
    >
      {formatNumber(value, digits)}
      {unit && ` ${unit}`}
    </span>
  )
}

import { Button } from '@mantine/core'
import { useMemo, useState } from 'react'
import { formatNumber, plural } from '../../../components/format.ts'
import { keyed } from '../../../components/keyed.ts'
import { PlainText, scrolled } from '../run-files/plain-text.tsx'
import { type DifferenceRow, differencesOf, folded, type Line, type Stretch } from './differences.ts'

const rowsAtMost = 2_000
const signs = { equal: '', changed: '±', removed: '−', added: '+' } as const

function Side({ line, row, side }: { line: Line | null; row: DifferenceRow; side: 'before' | 'after' }) {
  const Mark = side === 'before' ? 'del' : 'ins'
  const differs = row.kind !== 'equal' && line !== null
  return (
    <>
      <td className="difference-number">{line?.number}</td>
      <td className={line === null ? 'difference-gap' : differs ? `difference-${side}` : undefined}>
        {line &&
          keyed(line.parts).map(({ key, item: part }) =>
            part.marked ? <Mark key={key}>{part.text}</Mark> : <span key={key}>{part.text}</span>,
          )}
      </td>
    </>
  )
}

function Rows({ rows }: { rows: readonly DifferenceRow[] }) {
  return keyed(rows).map(({ key, item: row }) => (
    <tr key={key} data-kind={row.kind}>
      <Side line={row.before} row={row} side="before" />
      <td className="difference-sign">{signs[row.kind]}</td>
      <Side line={row.after} row={row} side="after" />
    </tr>
  ))
}

function Fold({ stretch }: { stretch: Stretch }) {
  const [open, setOpen] = useState(false)
  if (open || !stretch.folded) return <Rows rows={stretch.rows} />
  return (
    <tr>
      <td colSpan={5} className="difference-fold">
        <Button size="compact-xs" variant="subtle" onClick={() => setOpen(true)}>
          Show {plural(stretch.rows.length, 'equal line')}
        </Button>
      </td>
    </tr>
  )
}

/** Two texts side by side, line by line, with what differs marked. */
export function TextDifferences(props: {
  title: string
  before: string
  after: string
  names: [string, string]
}) {
  const { title, before, after, names } = props
  const rows = useMemo(() => differencesOf(before, after), [before, after])
  const stretches = useMemo(() => folded(rows?.slice(0, rowsAtMost) ?? []), [rows])
  if (rows === null)
    return (
      <>
        <p className="dim">These have so little in common that their differences are not marked.</p>
        <div className="beside" data-columns={2}>
          <PlainText label={`${title} of ${names[0]}`} text={before} />
          <PlainText label={`${title} of ${names[1]}`} text={after} />
        </div>
      </>
    )
  const count = rows.filter(({ kind }) => kind !== 'equal').length
  if (count === 0) return <p className="dim">No line differs.</p>
  return (
    <>
      <p className="dim">
        {plural(count, 'line')} of {formatNumber(rows.length)} {count === 1 ? 'differs' : 'differ'}.
        {rows.length > rowsAtMost &&
          ` The first ${formatNumber(rowsAtMost)} lines are shown. Save the files to see all.`}
      </p>
      <div className="differences" {...scrolled(`Differences of ${title}`)}>
        <table aria-label={`${title}: ${names.join(' beside ')}`}>
          <colgroup>
            <col className="difference-number-column" />
            <col />
            <col className="difference-sign-column" />
            <col className="difference-number-column" />
            <col />
          </colgroup>
          <thead>
            <tr>
              <th scope="col" colSpan={2}>
                {names[0]}
              </th>
              <th aria-label="Kind of difference" />
              <th scope="col" colSpan={2}>
                {names[1]}
              </th>
            </tr>
          </thead>
          <tbody>
            {keyed(stretches).map(({ key, item }) => (
              <Fold key={key} stretch={item} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

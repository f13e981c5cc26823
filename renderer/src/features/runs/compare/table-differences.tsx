import { useMemo } from 'react'
import { formatNumber, plural } from '../../../components/format.ts'
import { keyed } from '../../../components/keyed.ts'
import { rowsOf } from '../run-files/artifact-kind.ts'
import { scrolled } from '../run-files/plain-text.tsx'
import { pairsOf } from './differences.ts'

const readAtMost = 20_000
const shownAtMost = 500

/** One table of both: rows that differ, the old value of each cell before the new one. */
export function TableDifferences(props: {
  title: string
  before: string
  after: string
  separator: ',' | '\t'
  names: [string, string]
}) {
  const { title, before, after, separator, names } = props
  const made = useMemo(() => {
    const [left, right] = [rowsOf(before, separator, readAtMost), rowsOf(after, separator, readAtMost)]
    const pairs = pairsOf(
      left.slice(1).map((row) => row.join('\u0000')),
      right.slice(1).map((row) => row.join('\u0000')),
    )
    const head = [...new Set([...(left[0] ?? []), ...(right[0] ?? [])])]
    const columns = head.map((name) => [left[0]?.indexOf(name) ?? -1, right[0]?.indexOf(name) ?? -1] as const)
    const rows = pairs?.map(([from, to]) => ({
      numbers: [from, to] as const,
      cells: columns.map(([old, fresh]) => [
        from === null ? undefined : left[from + 1]?.[old],
        to === null ? undefined : right[to + 1]?.[fresh],
      ]),
    }))
    const isDifferent = (row: { cells: (string | undefined)[][] }) => row.cells.some(([a, b]) => a !== b)
    return { head, total: rows?.length ?? 0, rows: rows?.filter(isDifferent) }
  }, [before, after, separator])
  const { head, total, rows } = made
  if (!rows)
    return <p className="dim">The tables have so little in common that their rows can't be paired.</p>
  if (rows.length === 0) return <p className="dim">No row differs.</p>
  return (
    <>
      <p className="dim">
        {plural(rows.length, 'row')} of {formatNumber(total)} {rows.length === 1 ? 'differs' : 'differ'}:
        struck out as {names[0]} has it, then as {names[1]} has it.
        {rows.length > shownAtMost && ` The first ${formatNumber(shownAtMost)} are shown.`}
      </p>
      <div className="differences" {...scrolled(`Differences of ${title}`)}>
        <table className="plain-table" aria-label={`${title}: ${names.join(' beside ')}`}>
          <thead>
            <tr>
              <th scope="col">Row</th>
              {keyed(head).map(({ key, item }) => (
                <th key={key} scope="col">
                  {item}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, shownAtMost).map(({ numbers: [from, to], cells }) => (
              <tr key={`${from} ${to}`}>
                <th scope="row" className="tabular">
                  {from === null ? `+${(to ?? 0) + 1}` : to === null ? `−${from + 1}` : from + 1}
                </th>
                {keyed(cells).map(({ key, item: [old, fresh] }) => (
                  <td key={key}>
                    {old === fresh ? (
                      old
                    ) : (
                      <>
                        {old !== undefined && <del>{old}</del>} {fresh !== undefined && <ins>{fresh}</ins>}
                      </>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

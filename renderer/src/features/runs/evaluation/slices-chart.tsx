import type { RunEvaluation } from '../../../../../core/contract/index.ts'
import { toCsv } from '../../../components/charts/csv.ts'
import { formatBytes, formatPercent } from '../../../components/format.ts'
import { ChartFrame } from './chart-frame.tsx'

type Slice = RunEvaluation['slices'][number]

const kinds: Record<Slice['by'], string> = {
  class: 'Class',
  group: 'Group',
  side: 'Side of the picture',
  'file-size': 'Size of the file',
  'file-type': 'Type of the file',
}

const rowHeight = 22
const nameWidth = 170
const numbersWidth = 150
const axisHeight = 24
/** Of each kind; the table has more. */
const drawnAtMost = 12
const shares = [0, 0.25, 0.5, 0.75, 1]

const shortened = (name: string) => (name.length > 25 ? `${name.slice(0, 24)}…` : name)

function nameOf({ by, value }: Slice): string {
  if (typeof value === 'string') return value
  const [from, to] = value
  if (by === 'file-size')
    return from === to ? formatBytes(from) : `${formatBytes(from)} to ${formatBytes(to)}`
  return from === to ? `${from} px` : `${from} to ${to} px`
}

type Row = { kind: 'head'; by: Slice['by'] } | { kind: 'slice'; slice: Slice }

/** Parts of the pictures: how much of each was right, with the interval that it leaves. */
export function SlicesChart({ slices, accuracy }: { slices: readonly Slice[]; accuracy: number }) {
  if (slices.length === 0) return null
  const title = 'Right, by parts of the pictures'
  const rows = (Object.keys(kinds) as Slice['by'][]).flatMap((by): Row[] => {
    const own = slices.filter((slice) => slice.by === by).slice(0, drawnAtMost)
    return own.length === 0
      ? []
      : [{ kind: 'head', by }, ...own.map((slice): Row => ({ kind: 'slice', slice }))]
  })
  const height = rows.length * rowHeight + axisHeight
  const csv = () =>
    toCsv(
      ['by', 'slice', 'samples', 'right', 'accuracy', 'low', 'high'],
      slices.map((slice) => [
        slice.by,
        typeof slice.value === 'string' ? slice.value : slice.value.join(' to '),
        slice.samples,
        slice.right,
        slice.accuracy,
        ...slice.interval,
      ]),
    )
  const draw = (width: number) => {
    const plotWidth = Math.max(40, width - nameWidth - numbersWidth)
    const x = (share: number) => nameWidth + share * plotWidth
    const bottom = rows.length * rowHeight
    return (
      <>
        {shares.map((share) => (
          <g key={share}>
            <line className="chart-grid" x1={x(share)} x2={x(share)} y1={0} y2={bottom} />
            <text x={x(share)} y={bottom + 16} textAnchor="middle">
              {formatPercent(share)}
            </text>
          </g>
        ))}
        <line className="slice-whole" x1={x(accuracy)} x2={x(accuracy)} y1={0} y2={bottom} />
        {rows.map((row, index) => {
          const middle = (index + 0.5) * rowHeight
          if (row.kind === 'head')
            return (
              <text key={row.by} className="slice-head" x={0} y={middle + 4}>
                {kinds[row.by]}
              </text>
            )
          const { slice } = row
          const [low, high] = slice.interval
          const name = nameOf(slice)
          return (
            <g key={`${slice.by} ${name}`}>
              <text x={nameWidth - 12} y={middle + 4} textAnchor="end">
                {shortened(name)}
              </text>
              <line className="slice-interval" x1={x(low)} x2={x(high)} y1={middle} y2={middle} />
              <circle className="slice-share" cx={x(slice.accuracy)} cy={middle} r={4} />
              <text x={width} y={middle + 4} textAnchor="end">
                {`${formatPercent(slice.accuracy)} (${slice.right} of ${slice.samples})`}
              </text>
            </g>
          )
        })}
      </>
    )
  }
  const table = (
    <div className="table-frame">
      <table className="plain-table">
        <thead>
          <tr>
            {['By', 'Part', 'Pictures', 'Right', 'Share', '95 %'].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {slices.map((slice) => (
            <tr key={`${slice.by} ${nameOf(slice)}`}>
              <td>{kinds[slice.by]}</td>
              <th scope="row" className="breakable">
                {nameOf(slice)}
              </th>
              <td>{slice.samples}</td>
              <td>{slice.right}</td>
              <td>{formatPercent(slice.accuracy)}</td>
              <td>
                {formatPercent(slice.interval[0])} to {formatPercent(slice.interval[1])}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
  return <ChartFrame title={title} height={height} csv={csv} draw={draw} table={table} />
}

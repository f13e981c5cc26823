import { toCsv } from '../../../components/charts/csv.ts'
import { formatPercent } from '../../../components/format.ts'
import type { SubsetEvaluation } from '../evaluation.ts'
import { ChartFrame } from './chart-frame.tsx'

type Calibration = SubsetEvaluation['calibration']

const height = 330
const margin = { left: 44, right: 8, top: 8 }
const plotHeight = 216
const countsTop = 254
const countsHeight = 56
const shares = [0, 0.25, 0.5, 0.75, 1]

/** How often it was right when it was so sure, and how often it was so sure: on the diagonal it is as right as it is sure. */
export function ReliabilityDiagram({ calibration: { bins, ece } }: { calibration: Calibration }) {
  if (bins.length === 0) return null
  const most = Math.max(1, ...bins.map(({ count }) => count))
  const filled = bins.filter(({ count }) => count > 0)
  const title = `Reliability${ece === null ? '' : `, calibration error ${formatPercent(ece)}`}`
  const csv = () =>
    toCsv(
      ['from', 'to', 'count', 'confidence', 'accuracy'],
      bins.map(({ from, to, count, confidence, accuracy }) => [
        from,
        to,
        count,
        confidence ?? Number.NaN,
        accuracy ?? Number.NaN,
      ]),
    )
  const draw = (width: number) => {
    const x = (share: number) => margin.left + share * (width - margin.left - margin.right)
    const y = (share: number) => margin.top + (1 - share) * plotHeight
    const upTo = (count: number) => countsTop + countsHeight * (1 - count / most)
    return (
      <>
        {shares.map((share) => (
          <g key={share}>
            <line className="chart-grid" x1={x(0)} x2={x(1)} y1={y(share)} y2={y(share)} />
            <text x={x(0) - 8} y={y(share) + 4} textAnchor="end">
              {formatPercent(share)}
            </text>
            <text x={x(share)} y={y(0) + 16} textAnchor={share === 1 ? 'end' : 'middle'}>
              {formatPercent(share)}
            </text>
          </g>
        ))}
        {filled.map(({ from, to, count, confidence, accuracy }) => {
          const [left, barWidth] = [x(from) + 1, Math.max(1, x(to) - x(from) - 2)]
          const [sure, right] = [y(confidence ?? 0), y(accuracy ?? 0)]
          return (
            <g key={from}>
              <rect className="reliability-right" x={left} y={right} width={barWidth} height={y(0) - right} />
              {sure < right && (
                <rect className="reliability-gap" x={left} y={sure} width={barWidth} height={right - sure} />
              )}
              <line className="reliability-sure" x1={left} x2={left + barWidth} y1={sure} y2={sure} />
              <rect
                className="reliability-count"
                x={left}
                y={upTo(count)}
                width={barWidth}
                height={countsTop + countsHeight - upTo(count)}
              />
              <text x={(x(from) + x(to)) / 2} y={upTo(count) - 3} textAnchor="middle">
                {count}
              </text>
            </g>
          )
        })}
        <line className="reliability-diagonal" x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} />
        <line
          className="chart-grid"
          x1={x(0)}
          x2={x(1)}
          y1={countsTop + countsHeight}
          y2={countsTop + countsHeight}
        />
        <text x={x(0) + 4} y={height - 6}>
          bars: the part that was right; lines: how sure it was; below: how many pictures
        </text>
      </>
    )
  }
  const table = (
    <div className="table-frame">
      <table className="plain-table">
        <thead>
          <tr>
            {['Sure', 'Pictures', 'Mean confidence', 'Right'].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {filled.map(({ from, to, count, confidence, accuracy }) => (
            <tr key={from}>
              <th scope="row">
                {formatPercent(from)} to {formatPercent(to)}
              </th>
              <td>{count}</td>
              <td>{formatPercent(confidence ?? 0)}</td>
              <td>{formatPercent(accuracy ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
  return <ChartFrame title={title} height={height} csv={csv} draw={draw} table={table} />
}

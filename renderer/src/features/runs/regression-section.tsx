import { SegmentedControl } from '@mantine/core'
import { useEffect, useState } from 'react'
import { Link } from 'wouter'
import { blobUrl } from '../../client/rpc.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { formatNumber, plural } from '../../components/format.ts'
import { Facts } from '../../components/inspector.tsx'
import { Section } from '../../components/section.tsx'
import { parseRegression, type RegressionSubset, type RunRegression } from './regression.ts'

const size = 320
const margin = 44

function useRegression(hash: string) {
  const [answer, setAnswer] = useState<{ regression: RunRegression | null; error: Error | null }>({
    regression: null,
    error: null,
  })
  useEffect(() => {
    const stopped = new AbortController()
    const read = async () => {
      const response = await fetch(blobUrl(hash), { signal: stopped.signal })
      if (!response.ok) throw new Error(`regression.json could not be read (${response.status}).`)
      return parseRegression(await response.text())
    }
    read().then(
      (regression) => setAnswer({ regression, error: null }),
      (error: Error) => {
        if (!stopped.signal.aborted) setAnswer({ regression: null, error })
      },
    )
    return () => stopped.abort()
  }, [hash])
  return answer
}

/** Points by what was predicted (across) and how far the target lay from it (up): they should lie about the line. */
function ResidualPlot({ target, points }: { target: string; points: readonly [number, number][] }) {
  const residuals = points.map(([actual, predicted]) => [predicted, actual - predicted] as const)
  const across = residuals.map(([predicted]) => predicted)
  const [least, most] = [Math.min(...across), Math.max(...across)]
  const reach = Math.max(...residuals.map(([, residual]) => Math.abs(residual)), 1e-12)
  const x = (value: number) => margin + ((value - least) / (most - least || 1)) * (size * 1.6 - margin - 8)
  const y = (value: number) => size / 2 - (value / reach) * (size / 2 - 24)
  const width = size * 1.6
  return (
    <svg className="residuals" viewBox={`0 0 ${width} ${size}`} role="img">
      <title>{`Residuals of ${target}: target less prediction, by the prediction`}</title>
      <line x1={margin} x2={width - 8} y1={y(0)} y2={y(0)} className="residuals-zero" />
      <path
        className="residuals-points"
        d={residuals.map(([predicted, residual]) => `M${x(predicted)} ${y(residual)}h0`).join('')}
      />
      <text x={margin - 6} y={y(reach) + 4} textAnchor="end">
        {formatNumber(reach)}
      </text>
      <text x={margin - 6} y={y(0) + 4} textAnchor="end">
        0
      </text>
      <text x={margin - 6} y={y(-reach) + 4} textAnchor="end">
        {formatNumber(-reach)}
      </text>
      <text x={margin} y={size - 4}>
        {formatNumber(least)}
      </text>
      <text x={width - 8} y={size - 4} textAnchor="end">
        predicted {target}: {formatNumber(most)}
      </text>
    </svg>
  )
}

const withInterval = (value: number | null, interval: [number, number] | null): string =>
  value === null
    ? 'none: all targets are equal'
    : `${formatNumber(value)}${interval ? ` (95 %: ${formatNumber(interval[0])} to ${formatNumber(interval[1])})` : ''}`

function WorstRows({ subset, versionId }: { subset: RegressionSubset; versionId: string | null }) {
  return (
    <section aria-label="Largest errors">
      <h3 className="evaluation-title">Largest errors</h3>
      <div className="table-frame">
        <table className="plain-table">
          <thead>
            <tr>
              {['Row', 'Target', 'Predicted', 'Error'].map((title) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {subset.worst.slice(0, 20).map(({ path, actual, predicted }) => (
              <tr key={path}>
                <th scope="row" className="breakable">
                  {versionId === null ? (
                    path
                  ) : (
                    <Link href={`/data/${versionId}?search=${encodeURIComponent(path)}`}>{path}</Link>
                  )}
                </th>
                <td>{formatNumber(actual)}</td>
                <td>{formatNumber(predicted)}</td>
                <td>{formatNumber(predicted - actual)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

/** How near the run's model comes to the numbers, by subset. */
export function RegressionSection({ hash, versionId }: { hash: string; versionId: string | null }) {
  const { regression, error } = useRegression(hash)
  const [chosen, setChosen] = useState<string | null>(null)
  if (error) return <ErrorPanel title="The evaluation could not be shown" error={error} />
  const subset = regression?.subsets.find((one) => one.subset === chosen) ?? regression?.subsets[0]
  if (!regression || !subset) return null
  return (
    <Section
      title={`How near ${regression.target} is met`}
      actions={
        regression.subsets.length > 1 && (
          <SegmentedControl
            aria-label="Subset"
            value={subset.subset}
            onChange={setChosen}
            data={regression.subsets.map((one) => one.subset)}
          />
        )
      }
    >
      <p className="dim">
        {plural(subset.samples, 'row')} of the {subset.subset} subset
      </p>
      <Facts
        items={[
          ['Mean absolute error', withInterval(subset.mae, subset.intervals.mae)],
          ['Root mean squared error', withInterval(subset.rmse, subset.intervals.rmse)],
          ['R²', withInterval(subset.r2, subset.intervals.r2)],
        ]}
      />
      <ResidualPlot target={regression.target} points={subset.points} />
      <WorstRows subset={subset} versionId={versionId} />
    </Section>
  )
}

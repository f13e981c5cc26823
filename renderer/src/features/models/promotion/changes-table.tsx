import type { ModelVersion } from '../../../../../core/contract/index.ts'
import { formatBytes, formatNumber } from '../../../components/format.ts'
import { useQuery } from '../../../components/use-query.ts'

interface Row {
  name: string
  before: string
  after: string
}

const bytesOf = ({ files }: ModelVersion): number => files.reduce((sum, { bytes }) => sum + bytes, 0)

function factsOf(version: ModelVersion): [name: string, value: string][] {
  const { inference, preprocessing } = version
  return [
    ['Data', version.datasetLabel ?? 'not known'],
    [
      'Classes',
      version.labels.length <= 12 ? version.labels.join(', ') : formatNumber(version.labels.length),
    ],
    'kind' in preprocessing
      ? ['Columns', formatNumber(preprocessing.columns.length)]
      : [
          'Pictures',
          `${preprocessing.width || 'in proportion'} × ${preprocessing.height} px, ${preprocessing.channels === 1 ? 'grey' : 'colour'}`,
        ],
    ['Size', formatBytes(bytesOf(version))],
    ['Engine', inference?.engine ?? 'tfjs'],
  ]
}

function rowsOf(before: ModelVersion, after: ModelVersion): Row[] {
  const old = new Map(factsOf(before))
  return factsOf(after).map(([name, value]) => ({ name, before: old.get(name) ?? '–', after: value }))
}

const metricRows = (before: ModelVersion, after: ModelVersion): Row[] =>
  [...new Set([...Object.keys(before.metrics), ...Object.keys(after.metrics)])].map((name) => {
    const text = (value: number | undefined) => (value === undefined ? '–' : formatNumber(value))
    return { name, before: text(before.metrics[name]), after: text(after.metrics[name]) }
  })

/** Params, data and metrics that differ between the version that has the alias and the one that may get it. */
export function ChangesTable({ before, after }: { before: ModelVersion; after: ModelVersion }) {
  const runIds = [before.runId, after.runId].filter((id) => id !== null)
  const params = useQuery('runs.params', { runIds, differing: true }, { enabled: runIds.length === 2 })
  const rows: Row[] = [
    ...metricRows(before, after),
    ...rowsOf(before, after),
    ...(params.data ?? []).map(({ key, values }) => ({
      name: key,
      before: values[0] ?? '–',
      after: values[1] ?? '–',
    })),
  ].filter((row) => row.before !== row.after)
  if (rows.length === 0) return <p className="dim">Nothing that is known of them differs.</p>
  return (
    <div className="table-frame">
      <table className="fact-table" aria-label="What changed">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Version {before.version}</th>
            <th scope="col">Version {after.version}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <th scope="row">{row.name}</th>
              <td className="dim">{row.before}</td>
              <td>{row.after}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

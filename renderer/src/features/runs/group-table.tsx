import { Button } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef, useState } from 'react'
import type { ProcedureInput, RunGroup } from '../../../../core/contract/index.ts'
import { saveFile } from '../../components/charts/chart-export.ts'
import { toCsv } from '../../components/charts/csv.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { formatDuration, formatNumber, plural } from '../../components/format.ts'
import { SkeletonRows } from '../../components/skeleton-rows.tsx'
import { useQuery } from '../../components/use-query.ts'
import type { RunColumn } from './run-columns.ts'

const rowHeight = 30
const headHeight = 32

type RollUp = RunGroup['columns'][number]

const written = (value: number, column: RunColumn): string =>
  column.kind === 'duration' ? formatDuration(value) : formatNumber(value)

function RollUpText({ rollUp, column }: { rollUp: RollUp; column: RunColumn }) {
  if (!rollUp) return <span className="dim">–</span>
  const { mean, min, max, deviation, count } = rollUp
  const title = `mean ${mean}\nmin ${min}\nmax ${max}\ndeviation ${deviation}\n${plural(count, 'run')}`
  return (
    <span className="tabular" title={title}>
      {written(mean, column)}{' '}
      {min < max && (
        <span className="dim">
          {written(min, column)} to {written(max, column)}
        </span>
      )}
    </span>
  )
}

function compareRollUps(a: RollUp, b: RollUp, descending: boolean): number {
  if (!a || !b) return Number(!a) - Number(!b)
  return descending ? b.mean - a.mean : a.mean - b.mean
}

/** Runs that share a param, a tag or an attribute, with the mean and the range of each column of numbers. */
export function GroupTable(props: {
  search: Omit<ProcedureInput<'runs.groups'>, 'groupBy' | 'columns'>
  by: RunColumn
  columns: readonly RunColumn[]
  onShow: (group: RunGroup) => void
  onCompare: (runIds: string[]) => void
}) {
  const { by, onShow, onCompare } = props
  const columns = useMemo(
    () =>
      props.columns.filter(
        ({ id, kind, group }) =>
          id !== by.id && (kind === 'number' || kind === 'duration' || group === 'Param'),
      ),
    [props.columns, by],
  )
  const answer = useQuery(
    'runs.groups',
    { ...props.search, groupBy: [by.id], columns: columns.map(({ id }) => id) },
    { refreshOn: ({ type }) => type === 'run.changed' },
  )
  const [sort, setSort] = useState<{ place: number; descending: boolean } | null>(null)
  const frame = useRef<HTMLDivElement>(null)
  const groups = useMemo(() => {
    const all = answer.data ?? []
    if (!sort) return [...all].sort((a, b) => b.runs - a.runs)
    const { place, descending } = sort
    return [...all].sort((a, b) =>
      compareRollUps(a.columns[place] ?? null, b.columns[place] ?? null, descending),
    )
  }, [answer.data, sort])
  // A text has no mean: a param of words has no column here.
  const shown = columns.flatMap((column, place) =>
    groups.some((group) => group.columns[place]) ? [{ column, place }] : [],
  )
  const rows = useVirtualizer({
    count: groups.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollPaddingStart: headHeight,
  })
  const template = `minmax(200px, 2fr) 80px ${shown.map(() => 'minmax(170px, 1fr)').join(' ')} 170px`
  const saveCsv = () => {
    const head = shown.flatMap(({ column }) =>
      ['mean', 'min', 'max', 'deviation'].map((what) => `${column.title} ${what}`),
    )
    const lines = groups.map((group) => [
      group.keys[0] ?? '',
      group.runs,
      ...shown.flatMap(({ place }): (string | number)[] => {
        const rollUp = group.columns[place]
        return rollUp ? [rollUp.mean, rollUp.min, rollUp.max, rollUp.deviation] : ['', '', '', '']
      }),
    ])
    saveFile(toCsv([by.title, 'runs', ...head], lines), `Runs by ${by.title}.csv`, 'text/csv')
  }

  if (answer.error) return <ErrorPanel title="The runs could not be grouped" error={answer.error} />
  if (!answer.data) return <SkeletonRows rows={8} />
  return (
    <>
      <div className="group-note">
        <span className="dim">
          {plural(groups.length, 'group')} by {by.title}: mean, and least to most
        </span>
        <Button size="compact-xs" variant="default" onClick={saveCsv}>
          Save groups as CSV
        </Button>
      </div>
      <div ref={frame} className="run-table">
        <table aria-label={`Runs by ${by.title}`} aria-rowcount={groups.length + 1}>
          <thead className="run-table-top">
            <tr className="run-table-head" style={{ gridTemplateColumns: template }}>
              <th scope="col">{by.title}</th>
              <th scope="col" data-kind="number">
                Runs
              </th>
              {shown.map(({ column, place }) => {
                const sorted = sort?.place === place ? sort : null
                const order = sorted ? (sorted.descending ? 'descending' : 'ascending') : 'none'
                return (
                  <th key={column.id} scope="col" data-kind="number" aria-sort={order}>
                    <button
                      type="button"
                      className="truncate"
                      onClick={() => setSort({ place, descending: sorted ? !sorted.descending : true })}
                    >
                      {column.title}
                    </button>
                  </th>
                )
              })}
              <th scope="col">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody style={{ display: 'block', position: 'relative', height: rows.getTotalSize() }}>
            {rows.getVirtualItems().map((item) => {
              const group = groups[item.index]
              if (!group) return null
              const name = group.keys[0] === null ? '(none)' : String(group.keys[0])
              return (
                <tr
                  key={name}
                  className="run-table-row"
                  aria-rowindex={item.index + 2}
                  style={{
                    gridTemplateColumns: template,
                    transform: `translateY(${item.start}px)`,
                    height: rowHeight,
                  }}
                >
                  <td className="truncate" title={name}>
                    {name}
                  </td>
                  <td data-kind="number">{group.runs}</td>
                  {shown.map(({ column, place }) => (
                    <td key={column.id} className="truncate" data-kind="number">
                      <RollUpText rollUp={group.columns[place] ?? null} column={column} />
                    </td>
                  ))}
                  <td className="group-actions">
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      aria-label={`Show the runs of ${name}`}
                      onClick={() => onShow(group)}
                    >
                      Show
                    </Button>
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      disabled={group.runs < 2 || group.runs > 500}
                      aria-label={`Compare the runs of ${name}`}
                      onClick={() => onCompare(group.runIds)}
                    >
                      Compare
                    </Button>
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
    </>
  )
}

import { Select } from '@mantine/core'
import { memo } from 'react'
import { Link } from 'wouter'
import { isLowerBetter, type Run } from '../../../../core/contract/index.ts'
import { ErrorPanel } from '../../components/error-panel.tsx'
import { plural } from '../../components/format.ts'
import { NumberText } from '../../components/number-text.tsx'
import { Section } from '../../components/section.tsx'
import { useQuery } from '../../components/use-query.ts'
import { epochKey, metricKeysOf } from './metric-keys.ts'
import { type GroupField, groupFields } from './run-groups.ts'
import { useUrlState } from './url-state.ts'

const nameOf = (field: string) => field.slice(field.indexOf('.') + 1)
const isSeed = (field: string) => /(^|[._])(random_)?(seed|random_state)$/i.test(nameOf(field))

function Tests(props: {
  runs: readonly Run[]
  metric: string
  by: GroupField
  seed: GroupField | undefined
}) {
  const { runs, metric, by, seed } = props
  const lowerIsBetter = isLowerBetter(metric)
  const { data, error, reload } = useQuery('runs.statistics', {
    runIds: runs.map(({ id }) => id),
    metric,
    value: 'last',
    lowerIsBetter,
    groupBy: by,
    ...(seed ? { pairBy: seed } : {}),
  })
  if (error) return <ErrorPanel title="The statistics could not be made" error={error} retry={reload} />
  if (!data) return null
  const names = new Map(runs.map((run) => [run.id, run.name]))
  const means = data.groups.map(({ mean }) => mean).filter(Number.isFinite)
  const best = lowerIsBetter ? Math.min(...means) : Math.max(...means)
  return (
    <>
      <div className="table-frame table-frame-bounded">
        <table className="plain-table" aria-label={`${metric} by ${nameOf(by)}`}>
          <thead>
            <tr>
              <th scope="col">{nameOf(by)}</th>
              <th scope="col">Runs</th>
              <th scope="col">Mean ± deviation</th>
              <th scope="col">Best run</th>
            </tr>
          </thead>
          <tbody>
            {data.groups.map((group) => (
              <tr key={group.name}>
                <th scope="row">{group.name}</th>
                <td>{group.count}</td>
                <td>
                  <span className={group.mean === best ? 'best-value' : undefined}>
                    <NumberText value={group.mean} />
                  </span>
                  {group.count > 1 && (
                    <span className="dim">
                      {' ± '}
                      <NumberText value={group.deviation} />
                    </span>
                  )}
                  {group.mean === best && data.groups.length > 1 && <span className="best-mark"> best</span>}
                </td>
                <td>
                  {group.bestRunId && (
                    <>
                      <NumberText value={group.best} />{' '}
                      <Link href={`/runs/${group.bestRunId}`}>{names.get(group.bestRunId)}</Link>
                    </>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {data.tests.length > 0 ? (
        <div className="table-frame">
          <table className="plain-table" aria-label="Paired tests">
            <thead>
              <tr>
                <th scope="col">Paired by {nameOf(seed ?? 'params.seed')}</th>
                <th scope="col">Pairs</th>
                <th scope="col">Mean difference</th>
                <th scope="col">p</th>
                <th scope="col">p, corrected</th>
              </tr>
            </thead>
            <tbody>
              {data.tests.map((test) => (
                <tr key={`${test.first} ${test.second}`}>
                  <th scope="row">
                    {test.first} less {test.second}
                  </th>
                  <td>{test.pairs}</td>
                  <td>
                    <NumberText value={test.difference} />
                  </td>
                  <td>
                    <NumberText value={test.p} />
                  </td>
                  <td>
                    <NumberText value={test.adjusted} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          <p className="dim">
            Two-sided sign-flip permutation test of runs with the same seed; corrected after Holm for{' '}
            {plural(data.tests.length, 'test')}.
            {data.unpaired > 0 && ` ${plural(data.unpaired, 'run')} without a partner.`}
          </p>
        </div>
      ) : (
        <p className="dim">
          No two groups have runs with the same seed: log a param seed to test their difference.
        </p>
      )}
    </>
  )
}

/** The best group of runs, and whether the difference could be chance. */
export const StatisticsSection = memo(function StatisticsSection({ runs }: { runs: readonly Run[] }) {
  const url = useUrlState()
  const metrics = metricKeysOf(runs).filter((key) => key !== epochKey)
  const fields = groupFields(runs)
  const groups = fields.filter((field) => !isSeed(field))
  const askedMetric = url.get('test')
  const askedGroup = url.get('by')
  const metric = metrics.find((key) => key === askedMetric) ?? metrics[0]
  const by = groups.find((field) => field === askedGroup) ?? groups[0]
  if (runs.length < 2 || metric === undefined || by === undefined) return null
  return (
    <Section
      title="Groups and tests"
      actions={
        <>
          <Select
            aria-label="Metric of the test"
            allowDeselect={false}
            searchable
            value={metric}
            onChange={(key) => url.set({ test: key })}
            data={metrics}
          />
          <Select
            aria-label="Groups of the test"
            allowDeselect={false}
            searchable
            value={by}
            onChange={(field) => url.set({ by: field })}
            data={groups.map((field) => ({ value: field, label: nameOf(field) }))}
          />
        </>
      }
    >
      <Tests runs={runs} metric={metric} by={by} seed={fields.find(isSeed)} />
    </Section>
  )
})

import { GlyphlabError, type PackedSeries } from '../../contract/index.ts'
import type { SeriesColumns } from '../../store/metric-store.ts'
import { completeSearch } from '../../tracking/search/completion.ts'
import {
  compileRunSearch,
  findPage,
  groupRows,
  readColumns,
  valuesOf,
} from '../../tracking/search/run-search.ts'
import type { HandlersOf, Services } from '../services.ts'

type SearchHandlers = Pick<
  HandlersOf<'runs'>,
  | 'runs.search'
  | 'runs.ids'
  | 'runs.rows'
  | 'runs.groups'
  | 'runs.complete'
  | 'runs.keys'
  | 'runs.packedSeries'
  | 'runs.params'
  | 'runs.inputs'
  | 'runs.artifacts'
  | 'runs.artifact'
>

/** More than any table shows; groups are made of all that is found. */
const allRuns = 1_000_000
const completedValues = 50
/** The curves of many runs are read in turns of about so long, so that other calls need not wait for all of them. */
const turnMs = 20

export function runSearchProcedures({ runs, runArtifacts }: Services): SearchHandlers {
  const { finder, metrics } = runs
  const experimentIds = (names: string[] | undefined) =>
    names?.map((name) => {
      const experiment = runs.experiments.findByName(name)
      if (!experiment) throw new GlyphlabError('NOT_FOUND', `There is no experiment named "${name}".`)
      return experiment.id
    })
  return {
    'runs.search': ({ filter, orderBy, experiments, lifecycle, columns, limit, pageToken }) => {
      const query = compileRunSearch({ filter, orderBy, experiments: experimentIds(experiments), lifecycle })
      const page = findPage(finder, query, { token: pageToken, limit })
      return {
        total: finder.count(query, page.newest),
        nextPageToken: page.nextPageToken,
        runs: readColumns(finder, page.ids, columns),
      }
    },
    'runs.ids': ({ filter, orderBy, experiments, lifecycle }) => {
      const found = finder.findAll(
        compileRunSearch({ filter, orderBy, experiments: experimentIds(experiments), lifecycle }),
      )
      const places = new Map(found.map(({ id }, place) => [id, place]))
      return {
        runIds: found.map(({ uid }) => uid),
        nested: found.flatMap(({ parent }, place): [number, number][] => {
          const above = parent === null ? undefined : places.get(parent)
          return above === undefined ? [] : [[place, above]]
        }),
      }
    },
    'runs.rows': ({ runIds, columns }) => readColumns(finder, finder.idsOf(runIds), columns),
    'runs.groups': ({ filter, experiments, lifecycle, groupBy, columns }) => {
      const query = compileRunSearch({
        filter,
        orderBy: [],
        experiments: experimentIds(experiments),
        lifecycle,
      })
      const { ids } = findPage(finder, query, { token: undefined, limit: allRuns })
      return groupRows(readColumns(finder, ids, [...groupBy, ...columns]), groupBy.length)
    },
    'runs.complete': ({ text, cursor }) =>
      completeSearch(text, Math.min(cursor, text.length), {
        metrics: () => metrics.keys(),
        params: () => finder.keys('param'),
        tags: () => finder.keys('tag'),
        values: (field) => valuesOf(finder, field, completedValues),
      }),
    'runs.keys': () => ({ metrics: metrics.keys(), params: finder.keys('param'), tags: finder.keys('tag') }),
    'runs.packedSeries': async ({ runIds, keys, maxPoints, times, steps }) => {
      const found: Parameters<typeof packed>[0][number][] = []
      let since = performance.now()
      for (const runId of runIds) {
        const id = runs.idOf(runId)
        for (const key of keys) {
          const columns = metrics.thinned(id, key, maxPoints, steps)
          if (columns.total > 0) found.push({ runId, key, columns })
        }
        if (performance.now() - since < turnMs) continue
        await new Promise(setImmediate)
        since = performance.now()
      }
      return packed(found, times)
    },
    'runs.params': ({ runIds, differing }) => {
      const all = runIds.map((runId) => runs.paramsOf(runs.idOf(runId)))
      return [...new Set(all.flatMap((params) => Object.keys(params)))]
        .sort()
        .map((key) => ({ key, values: all.map((params) => params[key] ?? null) }))
        .filter(({ values }) => !differing || new Set(values).size > 1)
    },
    'runs.inputs': ({ runId }) => {
      const id = runs.idOf(runs.resolve(runId))
      return runs.inputs.datasetsOf([id]).get(id) ?? []
    },
    'runs.artifacts': ({ runId, folder }) =>
      runArtifacts.list(runs.idOf(runs.resolve(runId)), folder.replace(/^\/+|\/+$/g, '')),
    'runs.artifact': ({ runId, path }) => {
      const found = runArtifacts.find(runs.idOf(runs.resolve(runId)), path)
      if (!found) throw new GlyphlabError('NOT_FOUND', `The run ${runId} has no artifact ${path}.`)
      return { ...found, url: `/blobs/${found.hash}` }
    },
  }
}

function packed(
  found: readonly { runId: string; key: string; columns: SeriesColumns & { total: number } }[],
  times: boolean,
): PackedSeries {
  let offset = 0
  const series = found.map(({ runId, key, columns }) => {
    const { length } = columns.values
    offset += length
    return { runId, key, offset: offset - length, length, total: columns.total }
  })
  const column = (name: keyof SeriesColumns) => {
    const numbers = new Float64Array(offset)
    for (const [index, { columns }] of found.entries()) numbers.set(columns[name], series[index]?.offset ?? 0)
    return Buffer.from(numbers.buffer).toString('base64')
  }
  return {
    series,
    steps: column('steps'),
    values: column('values'),
    timestamps: times ? column('timestamps') : '',
  }
}

import { useMemo, useState } from 'react'
import type { RunGroup } from '../../../../core/contract/index.ts'
import { useQuery } from '../../components/use-query.ts'
import { colourTag } from './run-colour.ts'
import {
  columnsOf,
  curveKeyOf,
  defaultColumnIds,
  fieldOf,
  literalOf,
  movedColumn,
  type RunColumn,
  shownColumns,
  sortFieldOf,
} from './run-columns.ts'
import type { RunSort } from './run-table-head.tsx'
import { storedShape, storeShape, type TableShape } from './table-state.ts'
import { useUrlState } from './url-state.ts'

const colourField = fieldOf('tags', colourTag)

const descendsFirst = ({ group, kind }: RunColumn): boolean =>
  group === 'Best' || group === 'Last' || kind === 'moment' || kind === 'duration'

function namesIn(text: string | null): string[] {
  try {
    const names: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(names) ? names.map(String) : []
  } catch {
    return []
  }
}

/** What the run table asks for and how it looks: search, order and groups stand in the address, its shape is stored. */
export function useTable() {
  const url = useUrlState()
  const [shape, setOwnShape] = useState(storedShape)
  const keys = useQuery('runs.keys', {}, { refreshOn: ({ type }) => type === 'run.changed' })
  const columns = useMemo(() => columnsOf(keys.data ?? { metrics: [], params: [], tags: [] }), [keys.data])
  const columnIds = useMemo(() => shape.columns ?? defaultColumnIds(columns), [shape.columns, columns])
  const shown = useMemo(
    () => shownColumns(columns, columnIds, shape.pinned),
    [columns, columnIds, shape.pinned],
  )
  const shownIds = useMemo(() => shown.map(({ id }) => id), [shown])
  /** What the engine reads for a row. */
  const readIds = useMemo(
    () => [...new Set([...shownIds.filter((id) => curveKeyOf(id) === null), colourField])],
    [shownIds],
  )
  const curveKeys = useMemo(() => shownIds.flatMap((id) => curveKeyOf(id) ?? []), [shownIds])

  const deleted = url.get('deleted') === '1'
  const text = url.get('q') ?? ''
  const experimentsText = url.get('experiments')
  const experiments = useMemo(() => namesIn(experimentsText), [experimentsText])
  const sortText = url.get('sort')
  const sort: RunSort | null = useMemo(
    () => (sortText ? { id: sortText.replace(/^-/, ''), descending: sortText.startsWith('-') } : null),
    [sortText],
  )
  const search = useMemo(
    () => ({
      filter: text,
      ...(experiments.length > 0 ? { experiments } : {}),
      lifecycle: deleted ? ('deleted' as const) : ('active' as const),
    }),
    [text, experiments, deleted],
  )
  const groupId = url.get('group')

  const setShape = (next: TableShape) => {
    setOwnShape(next)
    storeShape(next)
  }
  const onSort = (columnId: string) => {
    const id = sortFieldOf(columnId)
    const column = columns.find((one) => one.id === id)
    const firstDown = column !== undefined && descendsFirst(column)
    const written = (descending: boolean) => (descending ? `-${id}` : id)
    const next =
      sort?.id !== id ? written(firstDown) : sort.descending === firstDown ? written(!firstDown) : null
    url.set({ sort: next })
  }
  const onWidth = (id: string, width: number | null) => {
    const { [id]: _, ...others } = shape.widths
    setShape({ ...shape, widths: width === null ? others : { ...others, [id]: width } })
  }
  /** Narrows the search to the runs of a group. */
  const showGroup = (group: RunGroup) => {
    const value = group.keys[0] ?? null
    const term = value === null ? `${groupId} IS NULL` : `${groupId} = ${literalOf(value)}`
    url.set({ q: text.trim() === '' ? term : `(${text}) AND ${term}`, group: null })
  }
  return {
    url,
    keys,
    columns,
    columnIds,
    shown,
    shownIds,
    readIds,
    colourField,
    curveKeys,
    deleted,
    text,
    experiments,
    sort,
    search,
    group: columns.find(({ id }) => id === groupId) ?? null,
    shape,
    setShape,
    onSort,
    onWidth,
    onMove: (id: string, by: number) => setShape({ ...shape, columns: movedColumn(shownIds, id, by) }),
    showGroup,
  }
}

import { expect, test } from 'vitest'
import type { Run } from '../../../../core/contract/index.ts'
import {
  columnsOf,
  curveKeyOf,
  defaultColumnIds,
  fieldOf,
  leftsOf,
  literalOf,
  movedColumn,
  paramRows,
  shownColumns,
  sortFieldOf,
  tagKeyOf,
} from './run-columns.ts'

const run = (name: string, params: Record<string, string>): Run => ({
  id: name.padEnd(32, '0'),
  experiment: 'Default',
  name,
  status: 'FINISHED',
  lifecycle: 'active',
  startTime: 1,
  endTime: 2,
  datasetVersionId: null,
  datasetLabel: 'digits v1',
  jobId: null,
  parentId: null,
  user: '',
  environment: null,
  params,
  metrics: {},
  tags: {},
  artifacts: [],
  hasModel: false,
})

const keys = { metrics: ['loss', 'val/acc top-1'], params: ['lr', 'backend'], tags: ['team'] }

test('only params that differ are marked as differing, also where one run lacks it', () => {
  const rows = paramRows([run('a', { seed: '1', epochs: '5' }), run('b', { seed: '1', epochs: '6', x: 'y' })])
  expect(rows.filter((row) => row.differs).map((row) => row.key)).toEqual(['epochs', 'x'])
})

test('without known metrics the table shows what there is', () => {
  expect(defaultColumnIds(columnsOf(keys))).toContain('metrics.loss')
})

test('a column is a field of the search language, odd keys in backticks, no column twice', () => {
  const ids = columnsOf(keys).map(({ id }) => id)
  expect(ids).toContain('min(metrics.loss)')
  expect(ids).toContain('metrics.`val/acc top-1`')
  expect(ids.filter((id) => id === 'params.backend').length).toBe(1)
  expect(fieldOf('tags', 'a`b')).toBe('tags.`a``b`')
  expect(tagKeyOf('tags.`a``b`')).toBe('a`b')
  expect(tagKeyOf('params.lr')).toBeNull()
  expect(literalOf("it's")).toBe("'it''s'")
})

test('a curve is a column of its own, sorted by the last value of its metric', () => {
  const curves = columnsOf(keys).filter(({ kind }) => kind === 'curve')
  expect(curves.map(({ id }) => id)).toEqual(['curve(metrics.loss)', 'curve(metrics.`val/acc top-1`)'])
  expect(curves.map(({ id }) => curveKeyOf(id))).toEqual(['loss', 'val/acc top-1'])
  expect(curves.map(({ id }) => sortFieldOf(id))).toEqual(['metrics.loss', 'metrics.`val/acc top-1`'])
  expect(curveKeyOf('metrics.loss')).toBeNull()
  expect(sortFieldOf('min(metrics.loss)')).toBe('min(metrics.loss)')
})

test('the name stays first and a column stops at the ends when it is moved', () => {
  expect(movedColumn(['name', 'a', 'b', 'c'], 'b', -1)).toEqual(['name', 'b', 'a', 'c'])
  expect(movedColumn(['name', 'a', 'b', 'c'], 'b', 5)).toEqual(['name', 'a', 'c', 'b'])
  expect(movedColumn(['name', 'a', 'b'], 'name', 1)).toEqual(['name', 'a', 'b'])
})

test('a chosen column that no run has any more is left out', () => {
  const shown = shownColumns(columnsOf(keys), ['metrics.gone', 'params.lr', 'name'], [])
  expect(shown.map(({ id }) => id)).toEqual(['name', 'params.lr'])
})

test('a pinned column stands beside the name and stays there, one after the other', () => {
  const pinned = ['params.lr', 'status']
  const shown = shownColumns(columnsOf(keys), ['name', 'user', 'status', 'note', 'params.lr'], pinned)
  expect(shown.map(({ id }) => id)).toEqual(['name', 'status', 'params.lr', 'user', 'note'])
  expect([...leftsOf(shown, pinned, 36, () => 100)]).toEqual([
    ['name', 36],
    ['status', 136],
    ['params.lr', 236],
  ])
  expect([...leftsOf(shown, [], 36, () => 100).keys()]).toEqual(['name'])
})

test('how busy the machine was is a column only when it is chosen', () => {
  const columns = columnsOf({ metrics: ['system/disk_usage_percentage', 'loss'], params: [], tags: [] })
  expect(columns.filter(({ group }) => group === 'Best').map(({ title }) => title)).toEqual(['best loss'])
  expect(defaultColumnIds(columns)).toContain('metrics.loss')
  expect(defaultColumnIds(columns).filter((id) => id.includes('system/'))).toEqual([])
  expect(columns.some(({ title }) => title === 'system/disk_usage_percentage')).toBe(true)
})

import { expect, test } from 'vitest'
import type { Run } from '../../../../core/contract/index.ts'
import { columnsOf, defaultColumnIds, filterRuns, paramRows, sortRuns } from './run-columns.ts'

function run(name: string, loss: number | null, params: Record<string, string> = {}): Run {
  return {
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
    metrics:
      loss === null ? {} : { loss: { value: loss, step: 1, timestamp: 1, min: loss, max: loss, count: 1 } },
    tags: {},
    artifacts: [],
    hasModel: false,
  }
}

const runs = [run('a', Number.NaN), run('b', 2), run('c', null), run('d', 1)]
const column = (id: string) => {
  const found = columnsOf(runs).find((one) => one.id === id)
  if (!found) throw new Error(`no column ${id}`)
  return found
}

test('NaN and missing metrics are last, whichever way the table is sorted', () => {
  expect(sortRuns(runs, column('last:loss'), false, 0).map((one) => one.name)).toEqual(['d', 'b', 'a', 'c'])
  expect(sortRuns(runs, column('last:loss'), true, 0).map((one) => one.name)).toEqual(['b', 'd', 'a', 'c'])
})

test('names are sorted as people count', () => {
  const named = [run('run 10', 1), run('run 9', 1)]
  expect(sortRuns(named, column('name'), false, 0).map((one) => one.name)).toEqual(['run 9', 'run 10'])
})

test('a filter finds runs by several words in name, dataset and params', () => {
  const some = [run('a', 1, { seed: '42' }), run('b', 1, { seed: '7' })]
  expect(filterRuns(some, 'DIGITS seed=42').map((one) => one.name)).toEqual(['a'])
  expect(filterRuns(some, '  ').length).toBe(2)
})

test('only params that differ are marked as differing, also where one run lacks it', () => {
  const rows = paramRows([
    run('a', 1, { seed: '1', epochs: '5' }),
    run('b', 1, { seed: '1', epochs: '6', x: 'y' }),
  ])
  expect(rows.filter((row) => row.differs).map((row) => row.key)).toEqual(['epochs', 'x'])
})

test('without known metrics the table shows what there is', () => {
  expect(defaultColumnIds(columnsOf(runs))).toContain('last:loss')
})

import { expect, test } from 'vitest'
import { originRows } from './origin-rows.ts'

const run = (numpy: string, commit: string) => ({
  tags: { 'mlflow.source.git.commit': commit, other: 'no' },
  params: { lr: '0.1', 'environment.backend': 'wasm' },
  environment: {
    packages: [`numpy==${numpy}`, 'scipy==1.14.0', 'uvicorn[standard]==0.30'],
    cpu: { model: 'Xeon', cores: 2 },
    gpus: [{ name: 'H100' }],
  },
})

test('one package that differs is one row, and what is equal is not among the differences', () => {
  const rows = originRows([run('2.0', 'aaa'), run('2.1', 'bbb')])
  expect(rows.filter(({ differs }) => differs).map(({ key, values }) => [key, ...values])).toEqual([
    ['Git commit', 'aaa', 'bbb'],
    ['packages.numpy', '2.0', '2.1'],
  ])
  expect(rows.map(({ key }) => key)).toEqual([
    'Git commit',
    'backend',
    'cpu.cores',
    'cpu.model',
    'gpus.0.name',
    'packages.numpy',
    'packages.scipy',
    'packages.uvicorn',
  ])
})

test('a run that says nothing differs from one that does', () => {
  const silent = { tags: {}, params: {}, environment: null }
  expect(originRows([run('2.0', 'aaa'), silent]).every(({ differs }) => differs)).toBe(true)
})

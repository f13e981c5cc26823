import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { importInto } from '../testing/imported.ts'
import { checkRows } from './check-rows.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'glyphlab-rows-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function check(text: string, options: Record<string, unknown> = {}) {
  const file = path.join(folder, 'table.csv')
  writeFileSync(file, text)
  const { samples, labelOf, locate, result } = await importInto(folder, file, { options })
  const checked = samples.map((sample) => ({
    ...sample,
    label: labelOf(sample),
    location: locate(sample.hash),
    measure: null,
  }))
  return checkRows(checked, result.report.refused, {
    progress: () => {},
    measures: () => {},
    cancelled: () => false,
  })
}

const rows = (make: (row: number) => string, count = 200): string =>
  Array.from({ length: count }, (_, row) => make(row)).join('\n')

it('finds missing values, constant columns, numbers far off and columns that give the target away', async () => {
  const { findings } = await check(
    `a,b,c,leak,label\n${rows(
      (row) =>
        `${row === 7 ? 1e6 : (row * 7919) % 101},${row % 3 ? row % 11 : ''},same,${row % 2},${row % 2 ? 'odd' : 'even'}`,
    )}\n`,
  )
  const found = Object.fromEntries(findings.map((finding) => [finding.kind, finding]))
  expect(found['missing-values']).toMatchObject({ severity: 'warning', title: '67 rows lack a value' })
  expect(found['missing-values']?.detail).toContain('"b (34 %)"')
  expect(found['constant-column']?.detail).toContain('"c"')
  expect(found['outliers']?.members).toEqual([
    expect.objectContaining({ ordinal: 7, reason: expect.stringContaining('a is 1000000') }),
  ])
  expect(found['target-leakage']?.detail).toContain('"leak (100 %)"')
  expect(found['odd-size']).toBeUndefined()
})

it('finds equal rows across subsets and with two classes', async () => {
  const { findings, facts } = await check(
    `a,split,label\n${rows((row) => `${row},${row % 2 ? 'train' : 'test'},${row % 3 ? 'x' : 'y'}`, 60)}\n1,test,y\n`,
  )
  expect(findings.find(({ kind }) => kind === 'leakage')?.title).toBe('1 row lies in more than one subset')
  expect(findings.find(({ kind }) => kind === 'label-conflict')?.title).toBe('1 row has two labels')
  expect(facts).toMatchObject({ repeated: 1, width: [] })
})

it('says which column explains a number', async () => {
  const { findings } = await check(
    `a,b,price\n${rows((row) => `${(row * 31) % 97},${(row * 17) % 50},${((row * 31) % 97) * 2 + 0.5}`, 2_000)}\n`,
  )
  expect(findings.find(({ kind }) => kind === 'target-leakage')?.detail).toContain('a (')
})

import { expect, test } from 'vitest'
import { toCsv } from './csv.ts'

test('names with commas, quotes and line ends survive, numbers are written in full', () => {
  expect(
    toCsv(
      ['run', 'value'],
      [
        ['a, "b"\n', 0.1 + 0.2],
        ['c', Number.NaN],
      ],
    ),
  ).toBe('run,value\r\n"a, ""b""\n",0.30000000000000004\r\nc,NaN\r\n')
})

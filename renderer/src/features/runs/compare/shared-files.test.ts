import { expect, test } from 'vitest'
import { sharedFiles } from './shared-files.ts'

test('a file is equal, different, or missing in some runs', () => {
  const file = (path: string, hash: string) => ({ path, hash, bytes: 1 })
  const found = sharedFiles([
    { artifacts: [file('plot-10.png', 'a'), file('plot-2.png', 'b'), file('one.txt', 'c')] },
    { artifacts: [file('plot-10.png', 'a'), file('plot-2.png', 'x')] },
  ])
  expect(found.map(({ path, count, equal }) => [path, count, equal])).toEqual([
    ['one.txt', 1, false],
    ['plot-2.png', 2, false],
    ['plot-10.png', 2, true],
  ])
})

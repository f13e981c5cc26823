import { expect, test } from 'vitest'
import { kindOf, lockedPage, mediaTypeOf, rowsOf } from './artifact-kind.ts'

test('a file is shown by its ending, whatever its case and folder', () => {
  expect(kindOf('plots.v2/Loss curve.PNG')).toBe('picture')
  expect(kindOf('model/MLmodel')).toBe('text')
  expect(kindOf('model.pkl')).toBe('other')
  expect(mediaTypeOf('a.svg')).toBe('image/svg+xml')
})

test('CSV is read with quotes, line breaks in cells and a last row without an end', () => {
  expect(rowsOf('a,"b, c"\r\n"say ""x""\nagain",2', ',', 10)).toEqual([
    ['a', 'b, c'],
    ['say "x"\nagain', '2'],
  ])
  expect(rowsOf('1\n2\n3\n', ',', 2)).toEqual([['1'], ['2']])
})

test('a page of somebody else is locked before its first tag', () => {
  expect(lockedPage('<script>x</script>')).toMatch(/^<meta http-equiv="Content-Security-Policy"/)
})

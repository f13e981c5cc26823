import { expect, it } from 'vitest'
import { plainLine, withMore } from './console-lines.ts'

it('shows a line as a terminal would in the end', () => {
  expect(plainLine('\x1b[1;31merror\x1b[0m: \x1b]8;;http://x\x1b\\a link\x1b]8;;\x1b\\')).toBe(
    'error: a link',
  )
  expect(plainLine('  5%|▌ |\r 50%|█ |\r100%|██|\r')).toBe('100%|██|')
  expect(plainLine('\x1b[2K\x1b[1Gdone\x07')).toBe('done')
  expect(plainLine('a\tb [31m é')).toBe('a\tb [31m é')
})

it('joins a line that came in two parts, an escape cut in its middle too', () => {
  const none = { lines: [], open: '' }
  const first = withMore(none, 'one\ntwo \x1b[3')
  expect(first).toEqual({ lines: ['one'], open: 'two \x1b[3' })
  expect(withMore(first, '1mred\x1b[m\n')).toEqual({ lines: ['one', 'two red'], open: '' })
})
